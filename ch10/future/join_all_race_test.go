package future_test

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"ch10/future"
	"ch10/kit/leaktest"
)

// signalled is ready when it has had as many signals as it wants.
type signalled struct {
	wants   int
	polls   int
	signals atomic.Int64 // since the last poll
	cx      atomic.Pointer[future.Context]
}

func (s *signalled) Poll(cx *future.Context) (int, error) {
	s.cx.Store(cx)
	s.polls++
	if s.wants -= int(s.signals.Swap(0)); s.wants > 0 {
		return s.wants, future.NotReady
	}
	return s.wants, nil
}

func (s *signalled) signal() {
	s.signals.Add(1)
	s.cx.Load().Waker().Wake()
}

// join is JoinAll of many, and of some of them joined.
func join(signalled []signalled, wants int) future.Future[[][]int] {
	fs := make([]future.Future[int], len(signalled))
	for i := range signalled {
		signalled[i].wants, fs[i] = wants, &signalled[i]
	}
	return future.JoinAll(future.JoinAll(fs[:1]...), future.JoinAll(fs[1:]...))
}

// finish polls f when it is worth it: when the waker of the last poll has been woken. With another it
// makes a new one for each poll. It returns false if nobody wakes it, though those who could have ended.
func finish(f future.Future[[][]int], rung bell, another bool, ended chan struct{}) bool {
	cx := new(future.NewContext(rung))
	for {
		if _, err := f.Poll(cx); err != future.NotReady {
			return true
		}
		select {
		case <-rung:
		case <-ended:
			select {
			case <-rung:
			default:
				return false
			}
		}
		if another {
			rung = make(bell, 1)
			cx = new(future.NewContext(rung))
		}
	}
}

// TestJoinAllWokenByMany: goroutines wake all the time while another one polls.
func TestJoinAllWokenByMany(t *testing.T) {
	const goroutines, rounds = 4, 400
	for _, another := range []bool{false, true} {
		leaktest.Check(t)
		all := make([]signalled, 6)
		f := join(all, goroutines*rounds)
		f.Poll(noop)
		ended := make(chan struct{})
		var wg sync.WaitGroup
		for g := range goroutines {
			wg.Go(func() {
				random := rand.New(rand.NewPCG(5, uint64(g)))
				for range rounds {
					for _, i := range random.Perm(len(all)) {
						all[i].signal()
					}
				}
			})
		}
		go func() { wg.Wait(); close(ended) }()
		if !finish(f, make(bell, 1), another, ended) {
			t.Errorf("nobody wakes any more, and it isn't done")
		}
		<-ended
		for i := range all {
			if s := &all[i]; s.wants != 0 || s.polls > 1+goroutines*rounds {
				t.Errorf("%d wants %d more after %d polls", i, s.wants, s.polls)
			}
		}
	}
}

// TestJoinAllWokenOnce: each wake counts, since there is but one, and it comes when the one who polls
// changes.
func TestJoinAllWokenOnce(t *testing.T) {
	leaktest.Check(t)
	for n := range 5000 {
		all := make([]signalled, 3)
		f := join(all, 1)
		f.Poll(noop)
		ended := make(chan struct{})
		var started atomic.Bool
		go func() {
			defer close(ended)
			started.Store(true)
			for i := range all {
				all[i].signal()
			}
		}()
		for !started.Load() {
			runtime.Gosched()
		}
		for range n % 8 {
			if _, err := f.Poll(new(future.NewContext(future.NoopWaker))); err != future.NotReady {
				f = future.JoinAll[[]int]() // done as well
			}
		}
		if !finish(f, make(bell, 1), true, ended) {
			t.Fatalf("round %d: nobody wakes any more, and it isn't done", n)
		}
		<-ended
	}
}
