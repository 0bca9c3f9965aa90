//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ch01/kit/kittest"
)

const amd64Interrupts = `           CPU0       CPU1       
  0:         23          0   IO-APIC   2-edge      timer
 24:          1          2  PCI-MSIX-0000:00:01.0   0-edge      virtio0-config
NMI:          0          0   Non-maskable interrupts
LOC:      41427      45936   Local timer interrupts
ERR:          7
MIS:          0
`

// CPU1 and CPU2 are offline; descriptions with digits first; none at all.
const arm64Interrupts = `           CPU0       CPU3       
 11:      10546       9884     GICv3  27 Level     arch_timer
 13:          5          0     GICv3  33 Level     uart-pl011
 14:          1          1     2 Edge
 15:          4          4
IPI0:       100        200       Rescheduling interrupts
IPI1:         0          0       Function call interrupts
Err:          3
`

func TestParseInterrupts(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       map[string]uint64
	}{
		{"amd64", amd64Interrupts, map[string]uint64{
			"0 IO-APIC 2-edge timer":                         23,
			"24 PCI-MSIX-0000:00:01.0 0-edge virtio0-config": 3,
			"NMI Non-maskable interrupts":                    0,
			"LOC Local timer interrupts":                     87363,
			"ERR":                                            7,
			"MIS":                                            0,
		}},
		{"arm64", arm64Interrupts, map[string]uint64{
			"11 GICv3 27 Level arch_timer":  20430,
			"13 GICv3 33 Level uart-pl011":  5,
			"14 2 Edge":                     2,
			"15":                            8,
			"IPI0 Rescheduling interrupts":  300,
			"IPI1 Function call interrupts": 0,
			"Err":                           3,
		}},
		{"one CPU, old kernel", "  CPU0\n  0:  99  XT-PIC  timer\nNMI: 0\n", map[string]uint64{"0 XT-PIC timer": 99, "NMI": 0}},
		{"no line", "  CPU0\n", map[string]uint64{}},
		{"odd lines", "CPU0 CPU1\n\nno colon\n:\nX:\nY: name 5\n1: 18446744073709551616 2\n2: -1\n3: 1 2 3\n4: 5", map[string]uint64{"3 3": 3, "4": 5}},
	} {
		got, err := parseInterrupts(c.text)
		if err != nil || !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
		}
	}
	for _, text := range []string{"", "\n", "LOC: 5\n", "no such thing\n", " \nCPU0\n"} {
		if got, err := parseInterrupts(text); err == nil {
			t.Errorf("%q: %v and no error", text, got)
		}
	}
}

func TestSubtract(t *testing.T) {
	got := map[string]uint64{"a": 4, "b": 5, "c": 2, "new": 7}
	subtract(got, map[string]uint64{"a": 1, "b": 5, "c": 9, "gone": 3})
	if want := (map[string]uint64{"a": 3, "new": 7}); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := most(2, got, map[string]uint64{"c": 5, "a": 1}); !slices.Equal(got, []string{"new", "c"}) {
		t.Errorf("%v", got)
	}
	if got := most(5, map[string]uint64{}, nil); len(got) != 0 {
		t.Errorf("%v of nothing", got)
	}
}

func TestInterruptsNotReadable(t *testing.T) {
	failed := moved{interruptsErr: errors.New("open /proc/interrupts: permission denied")}
	for _, m := range [][2]moved{{{voluntary: 1}, failed}, {failed, {voluntary: 1, interrupts: map[string]uint64{"LOC": 1}}}} {
		var b bytes.Buffer
		printMoved(&b, m[0], m[1])
		kittest.InOrder(t, b.String(), "voluntary context switches", "1", "interrupts: not known here: open /proc/interrupts: permission denied")
		if strings.Contains(b.String(), "machine") {
			t.Errorf("a table of nothing:\n%s", b.String())
		}
	}
}

// TestBlockingIsVoluntary writes into the pipe only when the kernel says that
// the reader sleeps.
func TestBlockingIsVoluntary(t *testing.T) {
	var p [2]int
	if err := syscall.Pipe2(p[:], syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(p[0])
	defer syscall.Close(p[1])
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	stat := fmt.Sprintf("/proc/self/task/%d/stat", syscall.Gettid())
	var readErr error
	m := measure(func() {
		go func() {
			for {
				text, err := os.ReadFile(stat)
				_, state, _ := bytes.Cut(text, []byte(") "))
				if err != nil || bytes.HasPrefix(state, []byte("S")) {
					syscall.Write(p[1], []byte{1})
					return
				}
				time.Sleep(time.Millisecond)
			}
		}()
		var buf [1]byte
		_, readErr = syscall.Read(p[0], buf[:])
	})
	if readErr != nil || m.voluntary < 1 {
		t.Errorf("%d voluntary context switches, %v; want one or more", m.voluntary, readErr)
	}
}

func TestBusyLoopTakesCPUTime(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cpu := func() int64 {
		var r syscall.Rusage
		if err := syscall.Getrusage(rusageThread, &r); err != nil {
			t.Fatal(err)
		}
		return r.Utime.Nano() + r.Stime.Nano()
	}
	m := measure(func() {
		for start := cpu(); cpu() < start+int64(20*time.Millisecond); {
		}
	})
	if m.user+m.system < 20*time.Millisecond {
		t.Errorf("%v in user mode and %v in the kernel; want 20ms or more", m.user, m.system)
	}
}

func TestInterruptsLeavesNothingBehind(t *testing.T) {
	descriptors := func() int {
		names, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(names)
	}
	ok(t, "interrupts", "-speed", "1000") // Go's own descriptors are open now
	before, goroutines := descriptors(), runtime.NumGoroutine()
	for range 5 {
		ok(t, "interrupts", "-speed", "1000")
	}
	for i := 0; descriptors() > before || runtime.NumGoroutine() > goroutines; i++ { // the writer may be about to end
		if i == 5000 {
			t.Fatalf("%d descriptors, %d before; %d goroutines, %d before", descriptors(), before, runtime.NumGoroutine(), goroutines)
		}
		time.Sleep(time.Millisecond)
	}
}
