//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"unsafe"
)

const (
	defaultStackSize = 64 << 10
	minStackSize     = 16 << 10 // fmt.Println needs a good 4 KiB, and Go keeps up to 5 in reserve
	defaultMaxFibers = 10_000
	maxMaxFibers     = 30_000 // a stack and its guard page are two mappings: Linux allows a process 65,530
	maxStackSize     = 256 << 20

	// tail is what lies behind the last stack, and is never usable. Every
	// fiber's upper bound is the end of it, so that each stack looks larger
	// than the largest that Go allows: then the runtime never tries to grow
	// it, or to shrink it, which would mean to copy it and to free our
	// memory as if it were the runtime's own. It says "stack overflow".
	tail = 1 << 30

	// room is left above the first frame, where a caller would have its own:
	// tracebacks may look there. lentRoom is left below the end of what a
	// fiber may use: a lent fiber calls a few functions more.
	room     = 64
	lentRoom = 2 << 10
)

// ErrNoStack is returned by [Spawn] when MaxFibers fibers are alive.
var ErrNoStack = errors.New("fiber: no stack left: MaxFibers are alive")

// An arena is one piece of address space with the stacks of all fibers:
//
//	| guard page | stack 0 | guard page | stack 1 | … | tail, 1 GiB |
//
// A stack grows down, towards the guard page, which can't be touched: what
// Go's own check at every call doesn't see ends there, and not in a neighbour.
type arena struct {
	base      unsafe.Pointer
	size      int // of all
	stackSize int
	stacks    int // that there is room for
	used      int
}

func (a *arena) open(o Options) error {
	size := cmp.Or(o.StackSize, defaultStackSize)
	if size < minStackSize || size > maxStackSize {
		return fmt.Errorf("StackSize %d: want %d to %d bytes", size, minStackSize, maxStackSize)
	}
	a.stackSize = (size + pageSize - 1) / pageSize * pageSize
	if a.stacks = cmp.Or(o.MaxFibers, defaultMaxFibers); a.stacks < 1 || a.stacks > maxMaxFibers {
		return fmt.Errorf("MaxFibers %d: want 1 to %d", a.stacks, maxMaxFibers)
	}
	a.size = a.stacks*(pageSize+a.stackSize) + tail
	var err error
	if a.base, err = reserve(a.size); err != nil {
		return fmt.Errorf("reserve %d bytes of addresses (%d stacks and 1 GiB behind them): %w", a.size, a.stacks, err)
	}
	return nil
}

// stack returns the lower end of a stack that was never used.
//
// On a fiber, -race takes all that is above for a part of its stack, and what
// is below for something else; checkptr would object to a step from one to the other.
//
//go:nocheckptr
func (a *arena) stack() (unsafe.Pointer, error) {
	if a.used == a.stacks {
		return nil, ErrNoStack
	}
	p := unsafe.Add(a.base, a.used*(pageSize+a.stackSize)+pageSize)
	if err := commit(p, a.stackSize); err != nil {
		return nil, fmt.Errorf("fiber: memory for stack %d: %w", a.used+1, err)
	}
	a.used++
	return p, nil
}

// prepare makes f's context the one of a function that is about to start: when
// it is switched to, skip runs, on an empty stack.
//
// The book writes three words: the function, skip, and guard, each to be
// returned into by the one before. Here it is one: skip itself calls the
// function and then guard, since a Go traceback has to end at a frame that is
// known to be the first.
//
//go:nocheckptr
func (a *arena) prepare(f *fiber) {
	top := unsafe.Add(f.stack, a.stackSize-room)
	f.context = Context{
		SP: uintptr(top), LR: skipPC(),
		Lo: uintptr(f.stack) + lentRoom, Hi: uintptr(a.base) + uintptr(a.size), Top: uintptr(top),
	}
	if runtime.GOARCH == "amd64" {
		*(*uintptr)(top) = skipPC() // switchTo takes its return address from here,
		f.context.Top += 8          // and is one word further up then
	}
}
