package poll

import (
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

type eventfd struct{ fd int }

func (e eventfd) Fd() uintptr                   { return uintptr(e.fd) }
func (e eventfd) SetRegistration(*Registration) {}

// TestSignalDuringPoll interrupts epoll_wait with real signals: the wait for
// ever of the system call ends, the one of Poll does not.
func TestSignalDuringPoll(t *testing.T) {
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
		n, err := p.Poll(events, -1)
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
