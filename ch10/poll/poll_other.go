//go:build !(linux || darwin || freebsd || netbsd || openbsd || windows)

package poll

import (
	"errors"
	"time"
)

type queue struct{}
type armed struct{}

func (*queue) open() error                              { return errors.ErrUnsupported }
func (*queue) close() error                             { return errors.ErrUnsupported }
func (*queue) register(uintptr, *Registration) error    { return errors.ErrUnsupported }
func (*queue) deregister(uintptr) error                 { return errors.ErrUnsupported }
func (*queue) wait([]Event, time.Duration) (int, error) { return 0, errors.ErrUnsupported }
func (*Registration) wouldBlock(Interest)               {}
