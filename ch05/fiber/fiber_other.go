//go:build !((amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows))

package fiber

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"ch05/poll"
)

// There are no fibers on this system. New returns errUnsupported, and no other
// function can be of use without it. (On OpenBSD the assembly would work, but its
// kernel wants the stack pointer in memory that is marked as a stack.)
var errUnsupported = fmt.Errorf("fiber: not on %s/%s: %w", runtime.GOOS, runtime.GOARCH, errors.ErrUnsupported)

type Runtime struct{}

func New(Options) (*Runtime, error) { return nil, errUnsupported }
func (*Runtime) Run() error         { return errUnsupported }
func (*Runtime) Close() error       { return errUnsupported }
func (*Runtime) Prepare(func(), *Context) (*Context, []uintptr, error) {
	return nil, nil, errUnsupported
}
func Switch(_, _ *Context)                  {}
func Spawn(func()) error                    { return errUnsupported }
func Wait(poll.Source, poll.Interest) error { return errUnsupported }
func Yield()                                {}
func Sleep(time.Duration)                   {}
func Collect()                              {}
func ID() int                               { return 0 }
