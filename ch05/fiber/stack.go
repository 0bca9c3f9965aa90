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

	// tail is the size of the addresses behind the last stack, which are never
	// usable. We tell Go that every stack ends where the tail ends, because
	// each stack then looks larger than the largest that Go allows. Such a stack
	// Go neither grows nor shrinks, but ends with "stack overflow". To grow or
	// shrink it, Go would copy it, and free our memory as if it were Go's own.
	tail = 1 << 30

	// room is the size of what is left free above the first frame, because
	// tracebacks may look there for a caller's frame. lentRoom is the size of
	// what a fiber may not use at the lower end of its stack, because a lent
	// fiber calls a few more functions there (see collect.go).
	room     = 64
	lentRoom = 2 << 10
)

// ErrNoStack is returned by [Spawn] when MaxFibers fibers are alive.
var ErrNoStack = errors.New("fiber: no stack left: MaxFibers are alive")

// An arena is one piece of address space with the stacks of all fibers:
//
//	| guard page | stack 0 | guard page | stack 1 | … | tail, 1 GiB |
//
// A stack grows down, towards its guard page, which can't be touched. An overflow
// that Go's own check at every call doesn't see faults there, before it reaches
// the next stack.
type arena struct {
	base      unsafe.Pointer
	size      int // bytes of the whole arena
	stackSize int // bytes of a stack
	stacks    int // number of stacks
	used      int // number of stacks that have been used
}

func (a *arena) open(o Options) (err error) {
	size := cmp.Or(o.StackSize, defaultStackSize)
	if size < minStackSize || size > maxStackSize {
		return fmt.Errorf("StackSize %d: want %d to %d bytes", size, minStackSize, maxStackSize)
	}
	a.stackSize = (size + pageSize - 1) / pageSize * pageSize
	if a.stacks = cmp.Or(o.MaxFibers, defaultMaxFibers); a.stacks < 1 || a.stacks > maxMaxFibers {
		return fmt.Errorf("MaxFibers %d: want 1 to %d", a.stacks, maxMaxFibers)
	}
	a.size = a.stacks*(pageSize+a.stackSize) + tail
	if a.base, err = reserve(a.size); err != nil {
		return fmt.Errorf("reserve %d bytes of addresses (%d stacks and 1 GiB behind them): %w", a.size, a.stacks, err)
	}
	return nil
}

// stack returns the lower end of a stack that was never used.
//
// Under -race, checkptr objects to a step from one object into another. On a fiber
// it takes all that is above the stack's lower bound for that fiber's stack, and
// the rest of the arena for something else.
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

// prepare makes f's context that of a function which is about to start. The first
// switch to f runs skip, on an empty stack.
//
// The book writes three words, the function, skip, and guard, and each returns
// into the next. Here one word is enough, because skip itself calls the function
// and then guard. A Go traceback has to end at a frame that is known to be the
// first, and that is the frame of skip.
//
//go:nocheckptr
func (a *arena) prepare(f *fiber) {
	top := unsafe.Add(f.stack, a.stackSize-room)
	f.context = Context{
		SP: uintptr(top), LR: skipPC(),
		Lo: uintptr(f.stack) + lentRoom, Hi: uintptr(a.base) + uintptr(a.size), Top: uintptr(top),
	}
	if runtime.GOARCH == "amd64" {
		*(*uintptr)(top) = skipPC() // switchTo pops its return address from here,
		f.context.Top += 8          // which moves SP up by one word
	}
}
