//go:build amd64 || arm64

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"

	"ch01/kit"
)

// bookAddr is the address that the book tries. It lies far from a process's
// code and stacks, so no page is mapped there. It is below 1<<47, so amd64
// accepts it as an address of user space and looks it up in the page table.
const bookAddr = 99999999999999

var badAddr uint64

func badPointerFlags(fs *flag.FlagSet) {
	fs.Uint64Var(&badAddr, "addr", bookAddr, "the `address` to read, decimal or 0x…")
}

func runBadPointer(_ context.Context, env *kit.Env) error {
	addr := uintptr(badAddr)
	fmt.Fprintf(env.Out, "Reading a word at address %d (%#x), with the instruction of the example before.\n\n", addr, addr)
	value, err := peek(addr)
	if err == nil {
		fmt.Fprintf(env.Out, "It is %d (%#x): the page is in the page table of this process, so nothing stops us.\n", value, value)
		return nil
	}
	cpu, report := whatHappened(addr, err)
	fmt.Fprintf(env.Out, `%s
-> kernel       knows of no memory of this process there and sends a signal, SIGSEGV
                (macOS may say SIGBUS; on Windows it is an access violation)
-> Go runtime   has a handler for the signal, which makes the instruction look like a call that panics
-> this program recovers the panic: it is an error now

error: %v
%s

The process goes on. Without a handler for the signal, as in the book's program,
the kernel would have ended it.
`, cpu, err, report)
	return nil
}

// peek reads the word at addr. Normally a fault far from nil ends a Go program
// at once, because memory must be corrupt. debug.SetPanicOnFault turns such a
// fault into a panic instead, for this goroutine only.
func peek(addr uintptr) (value uint, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			fault, ok := r.(runtime.Error)
			if !ok {
				panic(r)
			}
			err = fmt.Errorf("read a word at %#x: %w", addr, fault)
		}
	}()
	return load(addr), nil
}

const pageFault = `-> CPU          finds no page for it in the page table of this process, or none that it may read
-> exception    a page fault: the CPU drops the instruction and jumps to the kernel's handler`

const refusedOrIgnored = `-> CPU          amd64: refuses it without a look into the page table;
                arm64: ignores the top byte, perhaps, and finds no page for what is left
-> exception    a general protection fault (amd64) or a page fault (arm64): the CPU drops
                the instruction and jumps to the kernel's handler`

// whatHappened explains what the CPU did with addr, and what the system
// reported about the fault. The report shows which check of the CPU failed.
func whatHappened(addr uintptr, err error) (cpu, report string) {
	var fault interface{ Addr() uintptr }
	reported := "an address below 4096"
	switch {
	case errors.As(err, &fault):
		if fault.Addr()-addr < 8 { // a word may reach into the next page
			return pageFault, fmt.Sprintf("The CPU reported the faulting address: %#x.", fault.Addr())
		}
		reported = fmt.Sprintf("%#x", fault.Addr())
	case addr < 4096:
		return pageFault, "Systems leave the first 4096 bytes unmapped: Go takes a fault there for a nil pointer and names no address."
	}
	return refusedOrIgnored, fmt.Sprintf(`The system reported %s, not %#x.
amd64 refuses a word any of whose bytes has an address whose top 17 bits differ, and names
no address; arm64 may ignore the top byte.`, reported, addr)
}
