//go:build !(linux || darwin || freebsd || netbsd || openbsd || windows)

package poll

import "errors"

type waker struct{}

func (*waker) open(*queue, *Registration) error { return errors.ErrUnsupported }
func (*waker) wake(*queue) error                { return errors.ErrUnsupported }
func (*waker) deregister(*queue) error          { return errors.ErrUnsupported }
func (*waker) close() error                     { return errors.ErrUnsupported }
