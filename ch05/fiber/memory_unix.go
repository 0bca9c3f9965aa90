//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd)

package fiber

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

var pageSize = os.Getpagesize()

// reserve takes n bytes of addresses. There is no memory behind them yet.
func reserve(n int) (unsafe.Pointer, error) {
	return unix.MmapPtr(-1, 0, nil, uintptr(n), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON)
}

// commit makes n bytes at p usable. The system gives a page when it is touched.
func commit(p unsafe.Pointer, n int) error {
	return unix.Mprotect(unsafe.Slice((*byte)(p), n), unix.PROT_READ|unix.PROT_WRITE)
}

func release(p unsafe.Pointer, n int) error { return unix.MunmapPtr(p, uintptr(n)) }
