//go:build !darwin && !dragonfly && !freebsd && !linux && !netbsd && !openbsd && !windows

package main

import (
	"errors"
	"fmt"
	"runtime"
)

func watch(*inbox, []*conn) error {
	return fmt.Errorf("no event queue is written here for %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
