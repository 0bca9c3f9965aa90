package poll

import (
	"math"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

type eventfd struct{ fd int }

func (e eventfd) Fd() uintptr                   { return uintptr(e.fd) }
func (e eventfd) SetRegistration(*Registration) {}

// TestSignalDuringPoll interrupts epoll_wait with real signals: the wait for
// ever of the system call ends, the one of Poll does not, nor does one of an hour.
func TestSignalDuringPoll(t *testing.T) {
	for _, forEver := range []time.Duration{-1, time.Hour} {
		signalDuringPoll(t, forEver)
	}
}

func signalDuringPoll(t *testing.T, forEver time.Duration) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := p.Registry().Register(eventfd{fd}, 7, Readable); err != nil {
		t.Fatal(err)
	}

	tid, interrupted := make(chan int), make(chan struct{})
	done := make(chan error)
	events := make([]Event, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		tid <- unix.Gettid()
		for range 3 {
			if n, err := p.registry.queue.wait(events, -1); n != 0 || err != nil {
				t.Errorf("wait: %d events, %v; want an interrupted call", n, err)
			}
		}
		close(interrupted)
		n, err := p.Poll(events, forEver)
		if n != 1 || events[0].Token() != 7 {
			t.Errorf("Poll: %v", events[:n])
		}
		done <- err
	}()
	thread := <-tid
	signals := time.NewTicker(time.Millisecond)
	defer signals.Stop()
	left := 100 // signals once Poll waits
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return
		case <-signals.C:
			// What Go's runtime sends itself for preemption.
			if err := unix.Tgkill(unix.Getpid(), thread, unix.SIGURG); err != nil {
				t.Fatal(err)
			}
			select {
			case <-interrupted:
				if left--; left == 0 {
					unix.Write(fd, []byte{1, 0, 0, 0, 0, 0, 0, 0})
				}
			default:
			}
		}
	}
}

// TestHangUpIsWritable: a pipe without a writer brings EPOLLHUP alone. Whoever waits to write has to try, too.
func TestHangUpIsWritable(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_NONBLOCK); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(ends[0])
	if err := p.Registry().Register(eventfd{ends[0]}, 7, Readable|Writable); err != nil {
		t.Fatal(err)
	}
	unix.Close(ends[1])
	events := make([]Event, 1)
	if n, err := p.Poll(events, time.Minute); n != 1 || err != nil || !events[0].Writable() || !events[0].Readable() || !events[0].Closed() {
		t.Errorf("%d events, %v, %v", n, err, events)
	}
}

// TestMilliseconds rounds up: epoll_wait(0) again and again would be a busy loop.
func TestMilliseconds(t *testing.T) {
	for d, want := range map[time.Duration]int{
		-1: -1, 0: 0, 1: 1, time.Millisecond: 1, time.Millisecond + 1: 2, math.MaxInt64 - time.Millisecond: math.MaxInt32,
	} {
		if got := milliseconds(d); got != want {
			t.Errorf("%v: %d, want %d", d, got, want)
		}
	}
}
