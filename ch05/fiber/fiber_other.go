//go:build !((amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows))

package fiber

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"ch05/poll"
)

// There are no fibers here: New says so, and nothing else can be reached. (On
// OpenBSD the assembly would do, but its kernel lets the stack pointer stand
// only in memory that is marked as a stack.)
var errUnsupported = fmt.Errorf("fiber: not on %s/%s: %w", runtime.GOOS, runtime.GOARCH, errors.ErrUnsupported)

type Runtime struct{}

type Word struct {
	Addr, Value uintptr
	Name        string
}

func New(Options) (*Runtime, error) { return nil, errUnsupported }
func (*Runtime) Run() error         { return errUnsupported }
func (*Runtime) Close() error       { return errUnsupported }
func (*Runtime) Prepared(func()) (stack, registers []Word, err error) {
	return nil, nil, errUnsupported
}
func (*Runtime) Switches(int) (time.Duration, error) { return 0, errUnsupported }
func Spawn(func()) error                             { return errUnsupported }
func Wait(poll.Source, poll.Interest) error          { return errUnsupported }
func Yield()                                         {}
func Sleep(time.Duration)                            {}
func Collect()                                       {}
func ID() int                                        { return 0 }
