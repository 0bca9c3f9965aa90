//go:build amd64 || arm64

package main

import (
	"context"
	"fmt"
	"unsafe"

	"ch01/kit"
)

// load returns the word at addr, with one instruction in dereference_amd64.s
// or dereference_arm64.s. The address is a number and not a pointer, so
// neither the compiler nor the garbage collector checks it. Only the CPU
// decides what may be read.
//
// The directive moves a variable to the heap if its address is taken in a call
// of load, so that the address stays valid.
//
//go:uintptrescapes
func load(addr uintptr) (value uint)

func runDereference(_ context.Context, env *kit.Env) error {
	t := uint(100)
	x := load(uintptr(unsafe.Pointer(&t)))
	fmt.Fprintln(env.Out, x)
	fmt.Fprintf(env.Out, `
One instruction fetched it: MOVQ (AX), AX on amd64, MOVD (R0), R0 on arm64.
The address in the register was %p. To the CPU that is a virtual address:
its memory management unit looks it up in the page table of this process,
finds the page of physical memory behind it, and reads there.
The next example gives the same instruction an address that isn't in the table.
`, &t)
	return nil
}
