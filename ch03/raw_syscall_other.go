//go:build !((linux || darwin) && (amd64 || arm64))

package main

import (
	"errors"
	"fmt"
	"runtime"
)

// rawWrite can't be written for Windows, because the numbers of its system
// calls change from one release to the next. Its DLLs know the numbers, so
// programs call their functions, as the next example does. OpenBSD ends a
// program that calls the kernel from anywhere but its C library. Other systems
// and processors would allow it, but each needs a file of its own, and this
// chapter has four.
func rawWrite(uintptr, []byte) (int, error) {
	return 0, fmt.Errorf("written for Linux and macOS on amd64 and arm64 only, not for %s/%s "+
		"(Windows has no stable system call numbers to call by): %w", runtime.GOOS, runtime.GOARCH, errors.ErrUnsupported)
}
