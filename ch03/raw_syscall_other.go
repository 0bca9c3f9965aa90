//go:build !windows && !((linux || darwin) && (amd64 || arm64))

package main

import (
	"errors"
	"fmt"
	"runtime"
)

// rawWrite isn't written for this system. OpenBSD ends a program that calls
// the kernel from anywhere but its C library. Other systems and processors
// would allow it, but each needs a file of its own, and this chapter has four.
func rawWrite(uintptr, []byte) (int, error) {
	return 0, fmt.Errorf("written for Linux and macOS on amd64 and arm64 only, not for %s/%s: %w",
		runtime.GOOS, runtime.GOARCH, errors.ErrUnsupported)
}
