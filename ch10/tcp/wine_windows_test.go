package tcp_test

import (
	"testing"

	"golang.org/x/sys/windows"
)

// underWine: wine's event queue takes the error of a reset connection off the
// socket, and a read finds only its end.
func underWine(t testing.TB) bool {
	wine := windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
	if wine {
		t.Log("under wine the end of the stream is taken for a reset")
	}
	return wine
}
