package poll_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"ch10/poll"
)

func newWaker(t *testing.T, p *poll.Poll, token poll.Token) *poll.Waker {
	t.Helper()
	w, err := poll.NewWaker(p.Registry(), token)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeWaker(t, w) }) // before the queue's
	return w
}

func closeWaker(t *testing.T, w *poll.Waker) {
	t.Helper()
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

func wake(t *testing.T, w *poll.Waker) {
	t.Helper()
	if err := w.Wake(); err != nil {
		t.Error(err)
	}
}

// wakes returns the number of events of the next Poll: one at least, and all
// of them of one waker.
func wakes(t *testing.T, p *poll.Poll, token poll.Token) int {
	t.Helper()
	events := wait(t, p, enough)
	if len(events) == 0 {
		t.Fatalf("no event, want a wake with token %d", token)
	}
	for _, e := range events {
		if e.Token() != token || !e.Readable() || e.Writable() || e.Closed() || e.Err() != nil {
			t.Fatalf("%v, want a wake with token %d", e, token)
		}
	}
	return len(events)
}

// woken is wakes where there can be no second wake.
func woken(t *testing.T, p *poll.Poll, token poll.Token) {
	t.Helper()
	if n := wakes(t, p, token); n != 1 {
		t.Fatalf("%d events for one wake with token %d", n, token)
	}
}

func TestWakeBeforePoll(t *testing.T) {
	p := newPoll(t)
	w := newWaker(t, p, 1<<63|7)
	none(t, p)
	for range 3 {
		wake(t, w)
		woken(t, p, 1<<63|7)
		none(t, p) // nobody has read or reset anything
	}
}

func TestWakeWhilePollWaits(t *testing.T) {
	p := newPoll(t)
	w := newWaker(t, p, 7)
	begin := make(chan bool)
	var wg sync.WaitGroup
	wg.Go(func() {
		for range begin {
			wake(t, w)
		}
	})
	defer wg.Wait()
	defer close(begin)
	for range 1000 { // each is taken before the next one: none may be lost, none may come twice
		begin <- true
		woken(t, p, 7)
		none0(t, p)
	}
	none(t, p)
}

// TestNoWakeIsLost is what an executor does: work is counted, then the wake
// sent, and whoever is woken sees the work.
func TestNoWakeIsLost(t *testing.T) {
	const goroutines, each = 8, 1000
	p := newPoll(t)
	w := newWaker(t, p, 7)
	var work atomic.Int64
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range each {
				work.Add(1)
				wake(t, w)
			}
		})
	}
	count := 0
	for work.Load() < goroutines*each {
		count += wakes(t, p, 7)
	}
	wg.Wait()
	count += len(wait(t, p, 0)) // wakes that came after the last of the work was seen
	none(t, p)
	if count > goroutines*each {
		t.Errorf("%d events for %d wakes", count, goroutines*each)
	}
}

func TestWakesCoalesce(t *testing.T) {
	p := newPoll(t)
	w := newWaker(t, p, 7)
	for range 100_000 { // more than fit into a pipe
		wake(t, w)
	}
	woken(t, p, 7)
	none(t, p)
	wake(t, w)
	woken(t, p, 7)
}

func TestTwoWakers(t *testing.T) {
	p := newPoll(t)
	a, b := newWaker(t, p, 1), newWaker(t, p, 2)
	wake(t, b)
	woken(t, p, 2)
	wake(t, a)
	woken(t, p, 1)
	wake(t, a)
	wake(t, b)
	seen := map[poll.Token]int{}
	for len(seen) < 2 {
		events := wait(t, p, enough)
		if len(events) == 0 {
			t.Fatalf("no event, after %v", seen)
		}
		for _, e := range events {
			seen[e.Token()]++
		}
	}
	if seen[1] != 1 || seen[2] != 1 {
		t.Errorf("events by token: %v", seen)
	}
	none(t, p)
	closeWaker(t, a)
	wake(t, b)
	woken(t, p, 2)
}

// TestWakerBesideASocket has room for one event: neither hides the other, also
// when the waker is woken again and again.
func TestWakerBesideASocket(t *testing.T) {
	p := newPoll(t)
	s, peer := pair(t)
	register(t, p, s, 1, poll.Readable)
	w := newWaker(t, p, 2)
	send(t, peer, "a")
	one(t, p, 1, poll.Event.Readable)
	drain(t, s)
	for range 10 {
		wake(t, w)
		send(t, peer, "a")
		seen := map[poll.Token]bool{}
		for polls := 0; !seen[1] || !seen[2]; polls++ {
			if polls == 10 {
				t.Fatalf("after %d events only %v", polls, seen)
			}
			events := make([]poll.Event, 1)
			n, err := p.Poll(events, enough)
			if n != 1 || err != nil {
				t.Fatalf("%d events, %v, after %v", n, err, seen)
			}
			seen[events[0].Token()] = true
			wake(t, w)
		}
		for got := ""; got == ""; {
			got = drain(t, s)
		}
		woken(t, p, 2)
	}
	none(t, p)
}

func TestWakerAfterClose(t *testing.T) {
	p := newPoll(t)
	for range 50 { // what the one before had comes back, and its wakes don't
		w := newWaker(t, p, 1)
		wake(t, w)
		closeWaker(t, w)
		none0(t, p)
		closeWaker(t, w) // does nothing
		if err := w.Wake(); !errors.Is(err, poll.ErrClosed) {
			t.Errorf("Wake after Close: %v, want ErrClosed", err)
		}
		next := newWaker(t, p, 2)
		none0(t, p)
		wake(t, next)
		woken(t, p, 2)
		closeWaker(t, next)
	}
	none(t, p)
}

func TestWakerClosedWhilePollWaits(t *testing.T) {
	p := newPoll(t)
	closed, w := newWaker(t, p, 1), newWaker(t, p, 2)
	done := make(chan []poll.Event)
	go func() {
		events := make([]poll.Event, 2)
		n, err := p.Poll(events, -1)
		if err != nil {
			t.Error(err)
		}
		done <- events[:n]
	}()
	closeWaker(t, closed)
	wake(t, w)
	if events := <-done; len(events) != 1 || events[0].Token() != 2 {
		t.Errorf("events %v, want one with token 2", events)
	}
}

func TestWakersCloseWhileOthersWake(t *testing.T) {
	p := newPoll(t)
	for range 50 {
		w := newWaker(t, p, 1)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for {
					if err := w.Wake(); err != nil {
						if !errors.Is(err, poll.ErrClosed) {
							t.Error(err)
						}
						return
					}
				}
			})
		}
		wakes(t, p, 1)
		closeWaker(t, w)
		wg.Wait()
		none0(t, p)
	}
}

func TestWakerAndClosedQueue(t *testing.T) {
	p := newPoll(t)
	before, after := newWaker(t, p, 1), newWaker(t, p, 2)
	wake(t, before)
	wake(t, after) // a wake that nobody takes is no obstacle
	closeWaker(t, before)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := after.Wake(); !errors.Is(err, poll.ErrClosed) {
		t.Errorf("Wake: %v, want ErrClosed", err)
	}
	closeWaker(t, after)
	closeWaker(t, after)
	if err := after.Wake(); !errors.Is(err, poll.ErrClosed) {
		t.Errorf("Wake after both: %v, want ErrClosed", err)
	}
	if _, err := poll.NewWaker(p.Registry(), 3); !errors.Is(err, poll.ErrClosed) {
		t.Errorf("NewWaker: %v, want ErrClosed", err)
	}
}

func ExampleWaker() {
	const stop = 2
	p, err := poll.New()
	if err != nil {
		panic(err)
	}
	defer p.Close()
	w, err := poll.NewWaker(p.Registry(), stop)
	if err != nil {
		panic(err)
	}
	defer w.Close()

	stopped := make(chan bool)
	go func() {
		defer close(stopped)
		events := make([]poll.Event, 10)
		n, err := p.Poll(events, -1) // it would wait for ever: there is no socket
		if err != nil {
			panic(err)
		}
		fmt.Println(events[:n])
		if events[0].Token() == stop {
			fmt.Println("stop")
		}
	}()
	w.Wake()
	<-stopped
	// Output:
	// [Event { events: READABLE, token: 2 }]
	// stop
}
