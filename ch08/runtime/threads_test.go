package runtime_test

import (
	"fmt"
	"net"
	"sync"
	"testing"

	"ch08/future"
	"ch08/kit/leaktest"
	"ch08/runtime"
)

// A life is one executor on a thread of its own. Its tasks end when the peer has sent.
type life struct {
	peers   []net.Conn
	readers []*reader
	reactor *runtime.EventLoop
	ended   chan error
}

// begin returns when the tasks have been polled.
func begin(t *testing.T, name string) *life {
	t.Helper()
	l := &life{ended: make(chan error)}
	for range 5 {
		s, peer := pair(t)
		l.readers, l.peers = append(l.readers, &reader{stream: s}), append(l.peers, peer)
	}
	begun := make(chan bool)
	go func() {
		defer close(begun)
		ex, err := runtime.Init()
		if err != nil {
			t.Error(err)
			return
		}
		ex.Name = name
		for _, r := range l.readers {
			runtime.Spawn(ex, r)
		}
		main := &probe{do: func(int, future.Waker) error {
			if !locked() {
				t.Error(name, "has no thread of its own")
			}
			l.reactor = runtime.Reactor()
			begun <- true
			return nil
		}}
		l.ended <- ex.BlockOn(main)
	}()
	if !<-begun {
		t.FailNow()
	}
	return l
}

// end returns when BlockOn has.
func (l *life) end(t *testing.T) {
	t.Helper()
	for _, peer := range l.peers {
		send(t, peer, "a")
	}
	if err := <-l.ended; err != nil {
		t.Error(err)
	}
	for i, r := range l.readers {
		if !r.done || r.drops != 0 {
			t.Errorf("reader %d: %+v", i, r)
		}
	}
}

// TestOneReactorForAll: executors come and go, and the reactor stays until the last has gone.
func TestOneReactorForAll(t *testing.T) {
	for name, steps := range map[string][]int{ // n > 0 begins executor n, and -n ends it
		"one by one":      {1, -1, 2, -2, 3, -3},
		"first to last":   {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, -1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12},
		"last to first":   {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, -12, -11, -10, -9, -8, -7, -6, -5, -4, -3, -2, -1},
		"overlapping":     {1, 2, 3, -2, 4, 5, -1, -3, 6, -5, -4, 7, 8, 9, -8, -6, 10, -7, -9, 11, 12, -12, -10, -11},
		"one throughout":  {1, 2, -2, 3, -3, 4, -4, 5, 6, -5, -6, -1},
		"twice with none": {1, 2, -1, -2, 3, 4, -3, -4},
	} {
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			running := map[int]*life{}
			var current *runtime.EventLoop
			for _, n := range steps {
				if n < 0 {
					running[-n].end(t)
					delete(running, -n)
				} else {
					l := begin(t, fmt.Sprint("exec-", n))
					if len(running) == 0 && l.reactor == current {
						t.Errorf("%d: the reactor that had been stopped", n)
					}
					if len(running) > 0 && l.reactor != current {
						t.Errorf("%d: another reactor", n)
					}
					running[n], current = l, l.reactor
				}
				if len(running) == 0 {
					noReactor(t)
				}
			}
			gone(t)
		})
	}
}

// TestInitWhileTheLastBlockOnReturns: whoever comes, comes to a reactor that works.
func TestInitWhileTheLastBlockOnReturns(t *testing.T) {
	leaktest.Check(t)
	var wg sync.WaitGroup
	for range 3 {
		s, peer := pair(t)
		wg.Go(func() {
			for range 100 {
				ex, err := runtime.Init()
				if err != nil {
					t.Error(err)
					return
				}
				r := &reader{stream: s}
				runtime.Spawn(ex, r)
				err = ex.BlockOn(&probe{do: func(int, future.Waker) error {
					send(t, peer, "a")
					return nil
				}})
				if err != nil || !r.done {
					t.Errorf("%v, %+v", err, r)
					return
				}
			}
		})
	}
	wg.Wait()
	gone(t)
}
