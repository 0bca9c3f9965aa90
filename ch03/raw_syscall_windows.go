package main

import (
	"errors"
	"fmt"
)

// The numbers of Windows' system calls change from one release to the next.
// Programs call functions of its DLLs, which know them: that is the next
// example.
func rawWrite(uintptr, []byte) (int, error) {
	return 0, fmt.Errorf("Windows has no stable system call numbers to call by: %w", errors.ErrUnsupported)
}
