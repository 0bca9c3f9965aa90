package main

import (
	"errors"
	"fmt"
)

// rawWrite can't be written for Windows, because the numbers of its system
// calls change from one release to the next. Its DLLs know the numbers, so
// programs call their functions, as the next example does.
func rawWrite(uintptr, []byte) (int, error) {
	return 0, fmt.Errorf("Windows has no stable system call numbers to call by: %w", errors.ErrUnsupported)
}
