//go:build unix && !linux && !darwin && !freebsd && !netbsd && !openbsd

package main

import (
	"errors"
	"fmt"
	"runtime"
)

type queue struct{}

func newQueue(*inbox) (*queue, error) {
	return nil, fmt.Errorf("no event queue is written here for %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

func (*queue) add(*conn) error        { return errors.ErrUnsupported }
func (*queue) wait() ([]*conn, error) { return nil, errors.ErrUnsupported }
func (*queue) rearm(*conn) error      { return errors.ErrUnsupported }
func (*queue) close()                 {}
