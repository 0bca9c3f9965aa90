#!/bin/sh
# Runs every chapter's tests as Windows programs under wine.
#
# Wine's files (700 MB) go to a temporary directory, or to $WINEPREFIX_DIR if that is set: then they are kept, and the
# next run starts a little sooner. Two runs at a time must not share one.
set -eu

fail() { echo "windows: $1" >&2; exit 1; }
command -v wine >/dev/null && command -v wineserver >/dev/null || fail "no wine here: apt-get install --no-install-recommends wine wine64"

export WINEPREFIX="${WINEPREFIX_DIR:-$(mktemp -d)}"
export WINEARCH=win64
export WINEDEBUG=-all # not a word on stderr: tests read it
export WINEDLLOVERRIDES='mscoree,mshtml,winemenubuilder.exe=' # ask for no downloads, make no menus
trap 'wineserver -k || :; [ -n "${WINEPREFIX_DIR:-}" ] || rm -rf "$WINEPREFIX"' EXIT # this prefix's server only
trap 'exit 130' INT TERM HUP

# The server must run before any program whose output is a pipe: the first program would start it, it would inherit the
# pipe, and whoever reads from that would wait for ever.
mkdir -p "$WINEPREFIX"
wineserver -p </dev/null >/dev/null 2>&1
wine wineboot -i </dev/null >/dev/null 2>&1 || fail "this failed: WINEPREFIX=$WINEPREFIX wine wineboot -i"
random=$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll
[ -e "$random" ] || go run .ci/wine_prng.go "$random"

# No CHILD_EXEC=wine: inside wine a test starts itself again as on Windows, and finds no wine there.
GOOS=windows GOARCH=amd64 CGO_ENABLED=0 CHILD_EXEC= go test -exec wine work
