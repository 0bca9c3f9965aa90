//go:build amd64 || arm64

package main

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"unsafe"

	"ch01/kit/kittest"
)

// inTheTable is a variable, so that its page is in the page table.
var inTheTable = [2]uint{1<<63 + 4711, 42}

func TestDereference(t *testing.T) {
	if out := ok(t, "dereference"); !strings.HasPrefix(out, "100\n") {
		t.Errorf("want 100 first:\n%s", out)
	}
	for i := range inTheTable {
		if got := load(uintptr(unsafe.Pointer(&inTheTable[i]))); got != inTheTable[i] {
			t.Errorf("load read %d, want %d", got, inTheTable[i])
		}
	}
}

func TestBadPointer(t *testing.T) {
	kittest.InOrder(t, ok(t, "bad-pointer"), "address 99999999999999 (0x5af3107a3fff)",
		"-> CPU", "page table", "-> exception", "page fault", "-> kernel", "SIGSEGV", "-> Go runtime", "-> this program",
		"error: read a word at 0x5af3107a3fff: runtime error: invalid memory address",
		"the faulting address: 0x5af3107a", // or the next page, if the CPU looks there first
		"The process goes on")
}

func TestBadPointerLeavesTheRuntimeAsItWas(t *testing.T) {
	for _, want := range []bool{false, true} {
		old := debug.SetPanicOnFault(want)
		if _, err := peek(bookAddr); err == nil {
			t.Fatal("no error")
		}
		if got := debug.SetPanicOnFault(old); got != want {
			t.Errorf("SetPanicOnFault was %v and is %v", want, got)
		}
	}
}

func TestBadPointerManyTimes(t *testing.T) {
	done := make(chan error)
	const goroutines, times = 8, 100
	for range goroutines {
		go func() {
			for range times {
				_, err := peek(bookAddr)
				var fault interface{ Addr() uintptr }
				if !errors.As(err, &fault) {
					done <- fmt.Errorf("no faulting address in %v", err)
					return
				}
				if value, err := peek(uintptr(unsafe.Pointer(&inTheTable))); value != inTheTable[0] || err != nil {
					done <- fmt.Errorf("after a fault: %d, %w", value, err)
					return
				}
			}
			done <- nil
		}()
		runtime.GC() // looks at stacks while there are faults on them
	}
	for range goroutines {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestBadPointerThatIsGood(t *testing.T) {
	out := ok(t, "bad-pointer", "-addr", fmt.Sprintf("%#x", unsafe.Pointer(&inTheTable)))
	kittest.InOrder(t, out, "Reading", fmt.Sprintf("It is %d", inTheTable[0]), "in the page table")
	if strings.Contains(out, "error") {
		t.Errorf("an error:\n%s", out)
	}
}

func TestBadPointerElsewhere(t *testing.T) {
	for addr, want := range map[string]string{
		"0":    "error: read a word at 0x0: runtime error: invalid memory address or nil pointer dereference\nSystems leave the first 4096 bytes unmapped",
		"4080": "error: read a word at 0xff0: runtime error: invalid memory address or nil pointer dereference\nSystems leave",
		// The kernel's half on most systems, refused as any other.
		"0xffff900000000000": "error: read a word at 0xffff900000000000: ",
		// Not canonical on amd64, so the report of the system differs.
		"0x8000000000000000": "error: read a word at 0x8000000000000000: ",
	} {
		kittest.InOrder(t, ok(t, "bad-pointer", "-addr", addr), want, "The process goes on")
	}
	for _, addr := range []string{"x", "-1", "", "1e9", "0x10000000000000000"} {
		refused(t, "bad-pointer", "-addr", addr)
	}
}

type faultAt uintptr

func (faultAt) Error() string   { return "fault" }
func (f faultAt) Addr() uintptr { return uintptr(f) }

func TestWhatHappened(t *testing.T) {
	for _, c := range []struct {
		addr      uintptr
		err       error
		cpu, want string
	}{
		{0x5000, faultAt(0x5000), pageFault, "reported the faulting address: 0x5000."},
		{0x5ffc, faultAt(0x6000), pageFault, "reported the faulting address: 0x6000."},
		{1 << 63, faultAt(0), refusedOrIgnored, "reported 0x0, not 0x8000000000000000"},
		{1 << 63, faultAt(1<<64 - 1), refusedOrIgnored, "reported 0xffffffffffffffff, not 0x8000000000000000"},
		{100, errors.New("nil pointer"), pageFault, "the first 4096 bytes"},
		{1 << 63, errors.New("nil pointer"), refusedOrIgnored, "reported an address below 4096, not 0x8000000000000000"},
	} {
		cpu, got := whatHappened(c.addr, fmt.Errorf("read: %w", c.err))
		if cpu != c.cpu || !strings.Contains(got, c.want) {
			t.Errorf("%#x, %v: %q, %q; want %q, %q", c.addr, c.err, cpu, got, c.cpu, c.want)
		}
	}
}
