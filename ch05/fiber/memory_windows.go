//go:build amd64 || arm64

package fiber

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

var pageSize = os.Getpagesize()

// reserve takes n bytes of addresses. There is no memory behind them yet.
func reserve(n int) (unsafe.Pointer, error) {
	p, err := windows.VirtualAlloc(0, uintptr(n), windows.MEM_RESERVE, windows.PAGE_NOACCESS)
	return *(*unsafe.Pointer)(unsafe.Pointer(&p)), err
}

// commit makes n bytes at p usable. The system counts them now, and gives a page
// when it is touched.
func commit(p unsafe.Pointer, n int) error {
	_, err := windows.VirtualAlloc(uintptr(p), uintptr(n), windows.MEM_COMMIT, windows.PAGE_READWRITE)
	return err
}

func release(p unsafe.Pointer, _ int) error {
	return windows.VirtualFree(uintptr(p), 0, windows.MEM_RELEASE)
}
