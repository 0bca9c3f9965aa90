package runtime_test

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
	"ch10/tcp"
)

var (
	soakFor  = flag.Duration("soak", 0, "soak for so long")
	soakSeed = flag.Uint64("seed", 0, "the first seed; each round has the next one")
)

// TestSoak runs worlds of random tasks.
func TestSoak(t *testing.T) {
	leaktest.Check(t)
	const rounds = 6
	begin := time.Now()
	for n := uint64(0); n < rounds && *soakFor == 0 || time.Since(begin) < *soakFor; n++ {
		if soak(t, *soakSeed+n); t.Failed() {
			t.Fatalf("with -seed %d", *soakSeed+n)
		}
	}
}

// soak runs one world to its end, and then counts.
func soak(t *testing.T, seed uint64) {
	w := newWorld(t, seed)
	var stop atomic.Bool
	var others sync.WaitGroup
	for i := range uint64(3) {
		others.Go(func() { w.disturb(rand.New(rand.NewPCG(seed, 1+i)), &stop) })
	}
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+w.r.IntN(30))*time.Millisecond)
		_, err := runtime.BlockOn(ctx, w.rt, w.track(future.Async(w.body(0, w.r.Uint64()))))
		if expected(err) != nil {
			t.Errorf("BlockOn: %v", err)
		}
		cancel()
	}
	if w.r.IntN(2) == 0 { // or else when nobody works
		others.Go(func() {
			time.Sleep(time.Millisecond)
			w.rt.Shutdown(context.Background())
		})
		_, err := runtime.BlockOn[struct{}](t.Context(), w.rt, pending())
		if err != runtime.ErrShutdown {
			t.Errorf("BlockOn: %v", err)
		}
	}
	shutdown(t, w.rt)
	stop.Store(true)
	others.Wait()
	w.count()
}

// expected returns err, unless it is one of those that the tasks bring about.
func expected(err error) error {
	var failed *runtime.PanicError
	switch {
	case errors.As(err, &failed) && failed.Value == "soak":
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, runtime.ErrClosed), errors.Is(err, errSoak):
	default:
		return err
	}
	return nil
}

var errSoak = errors.New("soak")

// A world has tasks that meet at random.
type world struct {
	t     *testing.T
	rt    *runtime.Runtime
	r     *rand.Rand // of the worker
	addr  netip.AddrPort
	chans []*runtime.Chan[int64]

	mu      sync.Mutex
	lives   []*life
	handles []*runtime.JoinHandle[struct{}]
	cxs     []*future.Context

	sent      atomic.Int64 // the last value
	delivered sync.Map     // the values whose Send was done
	received  sync.Map     // the values
	blocking  atomic.Int64 // functions that run
}

// A life is a task's, seen from outside.
type life struct {
	f           future.Future[struct{}]
	w           *world
	polled      bool
	ends, drops atomic.Int32
}

// track returns f, and counts how it ends.
func (w *world) track(f future.Future[struct{}]) future.Future[struct{}] {
	l := &life{f: f, w: w}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lives = append(w.lives, l)
	return l
}

func (l *life) Poll(cx *future.Context) (struct{}, error) {
	if l.ends.Load()+l.drops.Load() != 0 {
		l.w.t.Error("polled after the end")
	}
	if !l.polled {
		l.polled = true
		l.w.mu.Lock()
		l.w.cxs = append(l.w.cxs, cx)
		l.w.mu.Unlock()
	}
	v, err := l.f.Poll(cx)
	if err != future.NotReady {
		l.ends.Add(1)
		if e := expected(err); e != nil && err != nil {
			l.w.t.Errorf("a task: %v", e)
		}
	}
	return v, err
}

func (l *life) Drop() {
	l.drops.Add(1)
	future.Drop(l.f)
}

// count checks that every task has come to its end once, that no value is lost, and that nothing runs.
func (w *world) count() {
	for i, l := range w.lives {
		if ends, drops := l.ends.Load(), l.drops.Load(); ends+drops != 1 {
			w.t.Errorf("task %d of %d has ended %d times, and been dropped %d times", i, len(w.lives), ends, drops)
		}
	}
	for _, c := range w.chans {
		for _, v := range runtime.Left(c) {
			w.receive(v)
		}
	}
	w.delivered.Range(func(v, _ any) bool {
		if _, ok := w.received.Load(v); !ok {
			w.t.Errorf("%v was sent, and nobody has it", v)
		}
		return true
	})
	if n := w.blocking.Load(); n != 0 {
		w.t.Errorf("%d functions of Blocking run", n)
	}
	w.t.Logf("%d tasks, %+v", len(w.lives), w.rt.Stats())
}

func newWorld(t *testing.T, seed uint64) *world {
	rt, err := runtime.New(runtime.Options{Workers: 1 << (seed % 3), Panicked: func(*runtime.PanicError) {}})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, rt: rt, r: rand.New(rand.NewPCG(seed, 0))}
	for i := range 4 {
		w.chans = append(w.chans, runtime.NewChan[int64](i))
	}
	l, err := tcp.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	w.addr = l.Addr()
	w.spawn(&owner{l, future.Async(func(co *future.Co) (struct{}, error) {
		for {
			c, err := future.Wait(co, l.Accept())
			if err != nil {
				return struct{}{}, err
			}
			w.spawn(&owner{c, echo(c)})
		}
	})})
	return w
}

// isFull reports whether there are enough tasks.
func (w *world) isFull() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.lives) >= maxTasks
}

// spawn returns the handle of a task, which others may cancel if it isn't kept from them.
func (w *world) spawn(f future.Future[struct{}]) *runtime.JoinHandle[struct{}] {
	return runtime.Spawn(w.rt, w.track(f))
}

// publish lets others cancel h.
func (w *world) publish(h *runtime.JoinHandle[struct{}]) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.handles = append(w.handles, h)
}

// disturb wakes, cancels and spawns from another goroutine, also when the runtime is gone.
func (w *world) disturb(r *rand.Rand, stop *atomic.Bool) {
	for !stop.Load() {
		w.mu.Lock()
		var h *runtime.JoinHandle[struct{}]
		var cx *future.Context
		if len(w.handles) > 0 && r.IntN(8) == 0 {
			h = w.handles[r.IntN(len(w.handles))]
		}
		if len(w.cxs) > 0 {
			cx = w.cxs[r.IntN(len(w.cxs))]
		}
		tasks := len(w.lives)
		w.mu.Unlock()
		if h != nil {
			h.Cancel()
		}
		if cx != nil {
			cx.Waker().Wake()
		}
		if tasks < maxTasks && r.IntN(8) == 0 {
			w.publish(w.spawn(future.Async(w.body(1, r.Uint64()))))
		}
		if s := w.rt.Stats(); s.Tasks < 0 {
			w.t.Errorf("%+v", s)
		}
		time.Sleep(time.Duration(r.IntN(50)) * time.Microsecond)
	}
}

// An owner closes what it has when f is over, also if f never begins.
type owner struct {
	c interface{ Close() error }
	f future.Future[struct{}]
}

func (o *owner) Poll(cx *future.Context) (struct{}, error) {
	v, err := o.f.Poll(cx)
	if err != future.NotReady {
		o.c.Close()
	}
	return v, err
}

func (o *owner) Drop() {
	future.Drop(o.f)
	o.c.Close()
}
