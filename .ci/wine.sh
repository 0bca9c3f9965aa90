#!/bin/sh
# Runs every chapter's tests as Windows programs under wine.
#
# Wine's files (700 MB) go to a temporary directory, or to $WINEPREFIX_DIR if
# that is set: then they are kept, and the next run starts a little sooner. Two
# runs at a time must not share one.
set -eu

for tool in wine wineserver; do
	command -v $tool >/dev/null || {
		echo "windows: no $tool here: apt-get install --no-install-recommends wine wine64" >&2
		exit 1
	}
done

WINEPREFIX=${WINEPREFIX_DIR:-$(mktemp -d)}
WINEARCH=win64
WINEDEBUG=-all # not a word on stderr: tests read it
WINEDLLOVERRIDES='mscoree,mshtml,winemenubuilder.exe=' # ask for no downloads, make no menus
export WINEPREFIX WINEARCH WINEDEBUG WINEDLLOVERRIDES

stop() {
	wineserver -k || : # of this prefix only
	[ -n "${WINEPREFIX_DIR:-}" ] || rm -rf "$WINEPREFIX"
}
trap stop EXIT
trap 'exit 130' INT TERM HUP

# The server must run before any program whose output is a pipe: the first
# program would start it, it would inherit the pipe, and whoever reads from that
# would wait for ever.
mkdir -p "$WINEPREFIX"
wineserver -p </dev/null >/dev/null 2>&1
wine wineboot -i </dev/null >/dev/null 2>&1 || {
	echo "windows: wineboot failed: WINEPREFIX=$WINEPREFIX wine wineboot -i" >&2
	exit 1
}
random=$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll
[ -e "$random" ] || go run .ci/wine_prng.go "$random"

# No CHILD_EXEC=wine: inside wine a test starts itself again as on Windows, and
# finds no wine there.
GOOS=windows GOARCH=amd64 CGO_ENABLED=0 CHILD_EXEC= go test -exec wine work
