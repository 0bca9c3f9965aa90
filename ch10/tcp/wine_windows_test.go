package tcp_test

import (
	"testing"

	"golang.org/x/sys/windows"
)

// underWine reports whether this is wine. Its event queue takes the error of a reset
// connection off the socket, and a read finds only its end. And the queue may hold a
// socket for a moment after Close.
func underWine(t testing.TB) bool {
	wine := windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
	if wine {
		t.Log("under wine the end of a stream is taken for a reset, and a socket may outlive its Close by a moment")
	}
	return wine
}
