package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	goruntime "runtime"
	"runtime/trace"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
	"ch10/tcp"
)

// on returns the handle of a task on a worker.
func on[T any](rt *runtime.Runtime, worker int, body func(co *future.Co) (T, error)) future.Future[T] {
	return runtime.SpawnOn(rt, worker%rt.Workers(), future.Async(body))
}

// TestCloseOnAnotherWorker: a connection is registered with the worker that has connected it, which is busy with others
// while this one closes it.
func TestCloseOnAnotherWorker(t *testing.T) {
	leaktest.Check(t)
	rt := several(t, 3)
	l, err := tcp.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	accepting := runtime.Spawn(rt, future.Future[struct{}](&owner{l, future.Async(func(co *future.Co) (struct{}, error) {
		for {
			c, err := future.Wait(co, l.Accept())
			if err != nil {
				return struct{}{}, err
			}
			c.Close()
		}
	})}))
	var all []future.Future[int]
	for i := range 3 {
		all = append(all, on(rt, i, func(co *future.Co) (int, error) {
			for k := range 100 {
				c, err := future.Wait(co, on(rt, i+1+k%2, func(co *future.Co) (*tcp.Conn, error) { return future.Wait(co, tcp.Connect(l.Addr())) }))
				if err != nil {
					return 0, err
				}
				c.Close()
			}
			return 0, nil
		}))
	}
	finish(t, rt, future.JoinAll(all...))
	accepting.Cancel()
	runtime.BlockOn(t.Context(), rt, accepting)
	if n := runtime.Sources(rt); n != 0 {
		t.Errorf("%d sources are left", n)
	}
}

// TestHandlesOfOtherWorkers: JoinAll, Select and Timeout over tasks of all workers, of which some panic, are cancelled or end
// their goroutine. Each result is told or discarded, once, and each panic told or reported.
func TestHandlesOfOtherWorkers(t *testing.T) {
	leaktest.Check(t)
	var reported atomic.Int64
	rt := newRuntime(t, runtime.Options{Workers: 4, Panicked: func(*runtime.PanicError) { reported.Add(1) }})
	var made, closed, told, panicked, toldPanics atomic.Int64
	task := func(k int, panics bool) future.Future[*closing] {
		return on(rt, 1+k%3, func(co *future.Co) (*closing, error) {
			for range k % 4 {
				future.Wait(co, runtime.Yield())
			}
			switch {
			case panics:
				panicked.Add(1)
				panic("hunted")
			case k%7 == 1:
				future.Wait(co, runtime.Sleep(time.Duration(k%3)*50*time.Microsecond))
			}
			made.Add(1)
			return &closing{&closed}, nil
		})
	}
	see := func(c *closing, err error) {
		if c != nil {
			told.Add(1)
		}
		if _, ok := errors.AsType[*runtime.PanicError](err); ok {
			toldPanics.Add(1)
		}
	}
	var waiters []future.Future[int]
	for i := range 4 {
		waiters = append(waiters, on(rt, i, func(co *future.Co) (int, error) {
			for k := range 200 {
				switch k % 3 {
				case 0:
					c, err := future.Wait(co, runtime.Timeout(time.Duration(k%5)*20*time.Microsecond, task(k, k%7 == 0)))
					see(c, err)
				case 1:
					s, _ := future.Wait(co, runtime.Select(task(k, k%7 == 0), task(k+1, k%5 == 0), task(k+2, false)))
					see(s.Value, s.Err)
				case 2:
					cs, err := future.Wait(co, runtime.Timeout(time.Duration(1+k%5)*100*time.Microsecond, future.JoinAll(task(k+1, false), task(k+2, false))))
					for _, c := range cs {
						see(c, err)
					}
				}
			}
			return 0, nil
		}))
	}
	finish(t, rt, future.JoinAll(waiters...))
	settle(t, rt)
	shutdown(t, rt)
	if told.Load()+closed.Load() != made.Load() {
		t.Errorf("%d results: %d were told, and %d discarded", made.Load(), told.Load(), closed.Load())
	}
	if panicked.Load() > toldPanics.Load()+reported.Load() { // one that was reported may be told later
		t.Errorf("%d panics: %d were told, and %d reported", panicked.Load(), toldPanics.Load(), reported.Load())
	}
}

type closing struct{ n *atomic.Int64 }

func (c *closing) Close() error {
	c.n.Add(1)
	return nil
}

// TestCancelGiven cancels tasks from outside that nobody has polled, while workers give them to each other.
func TestCancelGiven(t *testing.T) {
	leaktest.Check(t)
	rt := several(t, 4)
	var ends atomic.Int64
	const n, rounds = 64, 50
	for range rounds {
		handles := make(chan *runtime.JoinHandle[struct{}], n)
		var outside sync.WaitGroup
		outside.Go(func() {
			for h := range handles {
				h.Cancel()
			}
		})
		finish(t, rt, future.Async(func(co *future.Co) (struct{}, error) {
			var all []future.Future[struct{}]
			for i := range n {
				h := runtime.Spawn(rt, future.Future[struct{}](&ending{&ends, i%2 == 0}))
				all = append(all, h)
				handles <- h
			}
			close(handles)
			future.Wait(co, future.JoinAll(all...))
			return struct{}{}, nil
		}))
		outside.Wait()
	}
	if ends.Load() != n*rounds {
		t.Errorf("%d ends, want %d", ends.Load(), n*rounds)
	}
}

// An ending counts how often it is polled to its end, or dropped.
type ending struct {
	n     *atomic.Int64
	waits bool // for ever
}

func (e *ending) Poll(*future.Context) (struct{}, error) {
	if e.waits {
		return struct{}{}, future.NotReady
	}
	e.n.Add(1)
	return struct{}{}, nil
}

func (e *ending) Drop() { e.n.Add(1) }

// TestShutdownWhileGiving: everything that is spawned comes to its end once, whoever has it when the runtime stops.
func TestShutdownWhileGiving(t *testing.T) {
	leaktest.Check(t)
	for round := range 60 {
		rt, err := runtime.New(runtime.Options{Workers: 1 + round%4})
		if err != nil {
			t.Fatal(err)
		}
		var spawned, ends atomic.Int64
		var outside sync.WaitGroup
		stop := make(chan bool)
		for range 2 {
			outside.Go(func() {
				for k := 0; ; k++ {
					select {
					case <-stop:
						return
					default:
						spawned.Add(1)
						h := runtime.SpawnOn(rt, k%rt.Workers(), future.Future[struct{}](&ending{&ends, k%3 == 0}))
						if k%4 == 0 {
							h.Cancel()
						}
						spawned.Add(1)
						runtime.Spawn(rt, future.Future[struct{}](&ending{&ends, k%3 == 1}))
						time.Sleep(time.Duration(k%7) * time.Microsecond)
					}
				}
			})
		}
		time.AfterFunc(time.Duration(round)*20*time.Microsecond, func() { rt.Shutdown(context.Background()) })
		_, err = runtime.BlockOn(t.Context(), rt, future.Async(func(co *future.Co) (struct{}, error) {
			for {
				for k := range 10 {
					spawned.Add(1)
					runtime.Spawn(rt, future.Future[struct{}](&ending{&ends, k%2 == 0}))
				}
				future.Wait(co, runtime.Yield())
			}
		}))
		if err != runtime.ErrShutdown {
			t.Errorf("BlockOn: %v", err)
		}
		shutdown(t, rt)
		close(stop)
		outside.Wait()
		if spawned.Load() != ends.Load() {
			t.Fatalf("round %d: %d were spawned, and %d came to an end", round, spawned.Load(), ends.Load())
		}
	}
}

// TestLeftovers: each BlockOn leaves tasks, in every place that one can be in, and the next one goes on with them.
func TestLeftovers(t *testing.T) {
	leaktest.Check(t)
	rt := several(t, 3)
	var ends atomic.Int64
	n := int64(0)
	for round := range 100 {
		for i := range 3 {
			n += 2
			runtime.SpawnOn(rt, i, future.Async(func(co *future.Co) (struct{}, error) {
				for range round % 5 {
					future.Wait(co, runtime.Yield())
					future.Wait(co, runtime.Sleep(time.Duration(round%3)*10*time.Microsecond))
				}
				ends.Add(1)
				return struct{}{}, nil
			}))
			runtime.Spawn(rt, future.Future[struct{}](&ending{n: &ends}))
		}
		if _, err := runtime.BlockOn(t.Context(), rt, runtime.Yield()); err != nil {
			t.Fatal(err)
		}
		if s := rt.Stats(); s.Tasks < 0 || s.Polls < s.Wakes/2 {
			t.Errorf("%+v", s)
		}
	}
	for ends.Load() < n {
		finish(t, rt, runtime.Sleep(time.Millisecond))
	}
	if s := rt.Stats(); s.Tasks != 0 {
		t.Errorf("%+v", s)
	}
}

// TestGoexitOnHelpers: tasks end the goroutines of the other workers, again and again, also in a Drop, and the workers go on.
func TestGoexitOnHelpers(t *testing.T) {
	leaktest.Check(t)
	for _, own := range []bool{false, true} {
		rt := newRuntime(t, runtime.Options{Workers: 3, OwnThread: own, Panicked: func(*runtime.PanicError) {}})
		var gone []future.Future[struct{}]
		for k := range 90 {
			exit := runtime.SpawnOn(rt, 1+k%2, pollFunc[struct{}](func(cx *future.Context) (struct{}, error) {
				goruntime.Goexit()
				return struct{}{}, nil
			}))
			inDrop := runtime.SpawnOn(rt, 1+k%2, future.Future[struct{}](&dropping{pending(), goruntime.Goexit}))
			inDrop.Cancel()
			quiet := runtime.SpawnOn(rt, 1+k%2, future.Future[struct{}](runtime.Sleep(time.Millisecond)))
			gone = append(gone, exit, inDrop, quiet)
		}
		got, err := runtime.BlockOn(t.Context(), rt, future.JoinAll(gone...))
		if err == nil || len(got) != len(gone) {
			t.Errorf("%d results, %v", len(got), err)
		}
	}
}

// TestChanInDrop: a Drop sends, receives and closes, on every worker, also when the runtime is shut down.
func TestChanInDrop(t *testing.T) {
	leaktest.Check(t)
	for round := range 20 {
		rt := several(t, 1+round%4)
		c, full := runtime.NewChan[*closing](2), runtime.NewChan[*closing](100)
		var closed atomic.Int64
		var all []*runtime.JoinHandle[struct{}]
		for k := range 24 {
			all = append(all, runtime.SpawnOn(rt, k%rt.Workers(), future.Future[struct{}](&droppingWith{do: func(cx *future.Context) {
				s := full.Send(&closing{&closed})
				s.Poll(cx)
				if r := c.Recv(); k%2 == 0 {
					r.Poll(cx)
					r.Drop()
				}
				if k == 17 {
					c.Close()
				}
			}})))
		}
		runtime.SpawnOn(rt, round%rt.Workers(), future.Async(func(co *future.Co) (struct{}, error) {
			for {
				if _, err := future.Wait(co, c.Send(&closing{&closed})); err != nil {
					return struct{}{}, err
				}
			}
		}))
		settle(t, rt)
		for k, h := range all {
			if k%3 > 0 {
				h.Cancel()
			}
		}
		if round%2 == 0 {
			settle(t, rt)
		}
		shutdown(t, rt)
		if closed.Load() < 16 {
			t.Errorf("round %d: %d values were discarded", round, closed.Load())
		}
	}
}

type droppingWith struct {
	cx *future.Context
	do func(cx *future.Context)
}

func (d *droppingWith) Poll(cx *future.Context) (struct{}, error) {
	d.cx = cx
	return struct{}{}, future.NotReady
}

func (d *droppingWith) Drop() {
	if d.cx != nil {
		d.do(d.cx)
	}
}

// TestTraceOfSeveral records a trace while tasks of all workers run, panic and end.
func TestTraceOfSeveral(t *testing.T) {
	leaktest.Check(t)
	if err := trace.Start(io.Discard); err != nil {
		t.Skip(err)
	}
	defer trace.Stop()
	rt := several(t, 3)
	var all []future.Future[int]
	for k := range 60 {
		all = append(all, on(rt, k, func(co *future.Co) (int, error) {
			future.Wait(co, runtime.Sleep(time.Duration(k)*10*time.Microsecond))
			future.Wait(co, runtime.CurrentContext())
			if k%5 == 0 {
				panic("traced")
			}
			return future.Wait(co, runtime.Blocking(func(context.Context) (int, error) { return k, nil }))
		}))
	}
	if got, err := runtime.BlockOn(t.Context(), rt, future.JoinAll(all...)); len(got) != len(all) || err == nil {
		t.Errorf("%v, %v", got, err)
	}
}

// TestBlockingAcrossWorkers: functions are waited for, and let go, by tasks of all workers. Shutdown waits for the last.
func TestBlockingAcrossWorkers(t *testing.T) {
	leaktest.Check(t)
	rt := several(t, 4)
	var running, closed, told, made atomic.Int64
	f := func(k int) future.Future[*closing] {
		return runtime.Blocking(func(ctx context.Context) (*closing, error) {
			running.Add(1)
			defer running.Add(-1)
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(k%5) * 100 * time.Microsecond):
			}
			made.Add(1)
			return &closing{&closed}, nil
		})
	}
	var all []future.Future[int]
	for i := range 4 {
		all = append(all, on(rt, i, func(co *future.Co) (int, error) {
			for k := range 50 {
				inner := on(rt, i+k, func(co *future.Co) (*closing, error) { return future.Wait(co, f(k)) })
				if c, err := future.Wait(co, runtime.Timeout(time.Duration(k%4)*100*time.Microsecond, inner)); err == nil && c != nil {
					told.Add(1)
				}
			}
			return 0, nil
		}))
	}
	finish(t, rt, future.JoinAll(all...))
	shutdown(t, rt)
	if running.Load() != 0 || told.Load()+closed.Load() != made.Load() {
		t.Errorf("%d run; %d results, %d told, %d discarded", running.Load(), made.Load(), told.Load(), closed.Load())
	}
}

// TestJoinAllMoves: a JoinAll that has been polled gets another parent, while workers look whether its task is alive.
func TestJoinAllMoves(t *testing.T) {
	leaktest.Check(t)
	rt := several(t, 3)
	for range 100 {
		finish(t, rt, future.Async(func(co *future.Co) (struct{}, error) {
			inner := future.JoinAll(
				on(rt, 1, func(co *future.Co) (int, error) { future.Wait(co, runtime.Yield()); panic("moved") }),
				on(rt, 2, func(co *future.Co) (int, error) { future.Wait(co, runtime.Yield()); return 1, nil }))
			if _, err := future.Wait(co, runtime.Timeout[[]int](0, &notDropped[[]int]{inner})); err == context.DeadlineExceeded {
				future.Wait(co, future.JoinAll[[]int](inner))
			}
			return struct{}{}, nil
		}))
	}
}

// notDropped keeps Drop from a future.
type notDropped[T any] struct{ f future.Future[T] }

func (n *notDropped[T]) Poll(cx *future.Context) (T, error) { return n.f.Poll(cx) }

// TestSpawnOnNobody: a clear panic.
func TestSpawnOnNobody(t *testing.T) {
	leaktest.Check(t)
	rt := several(t, 2)
	for _, i := range []int{-1, 2} {
		want := fmt.Sprintf("runtime: SpawnOn: there is no worker %d of 2", i)
		if p := panics(func() { runtime.SpawnOn(rt, i, future.Future[struct{}](runtime.Yield())) }); p != want {
			t.Errorf("panic %v, want %s", p, want)
		}
	}
}

// TestCoroutinesEndOnTheirThread: Go ends the program if a coroutine with a stack goes on on another locked thread than its
// own. Shutdown drops one on each worker.
func TestCoroutinesEndOnTheirThread(t *testing.T) {
	leaktest.Check(t)
	for _, own := range []bool{false, true} {
		rt := newRuntime(t, runtime.Options{Workers: 3, OwnThread: own})
		var drops atomic.Int32
		var begun [3]signal
		for i := range begun {
			on(rt, i, func(co *future.Co) (int, error) {
				defer drops.Add(1)
				begun[i].give()
				_, err := future.Wait(co, future.Future[struct{}](pending()))
				return 0, err
			})
		}
		_, err := runtime.BlockOn(t.Context(), rt, future.Async(func(co *future.Co) (struct{}, error) {
			for i := range begun {
				future.Wait(co, future.Future[struct{}](&begun[i]))
			}
			go rt.Shutdown(context.Background())
			return future.Wait(co, future.Future[struct{}](pending()))
		}))
		if err != runtime.ErrShutdown || drops.Load() != 3 {
			t.Errorf("own thread %t: %v, %d drops", own, err, drops.Load())
		}
	}
}

// TestWhatStaysWithItsWorker: a connection and a timer that another worker waits for. It says so, and nothing is lost.
func TestWhatStaysWithItsWorker(t *testing.T) {
	leaktest.Check(t)
	rt := several(t, 3)
	l, err := tcp.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	accepted := on(rt, 0, func(co *future.Co) (*tcp.Conn, error) {
		defer l.Close()
		return future.Wait(co, l.Accept())
	})
	connect := on(rt, 1, func(co *future.Co) (*tcp.Conn, error) { return future.Wait(co, tcp.Connect(l.Addr())) })
	_, err = runtime.BlockOn(t.Context(), rt, on(rt, 2, func(co *future.Co) (int, error) {
		c, err := future.Wait(co, connect)
		if err != nil {
			return 0, err
		}
		defer c.Close()
		peer, err := future.Wait(co, accepted)
		if err != nil {
			return 0, err
		}
		defer peer.Close()
		return future.Wait(co, c.Read(make([]byte, 2)))
	}))
	misused(t, err, "runtime: an IO is used by two workers, or isn't registered")

	var timer runtime.Timer
	set := pollFunc[bool](func(cx *future.Context) (bool, error) {
		if timer.IsSet() {
			return timer.Expired(cx), nil
		}
		timer.Set(cx, 0)
		return false, nil
	})
	finish(t, rt, runtime.SpawnOn[bool](rt, 1, set))
	_, err = runtime.BlockOn[bool](t.Context(), rt, runtime.SpawnOn[bool](rt, 2, set))
	misused(t, err, "runtime: a Timer is used by two workers")
	runtime.BlockOn(t.Context(), rt, runtime.SpawnOn(rt, 1, pollFunc[int](func(*future.Context) (int, error) { timer.Stop(); return 0, nil })))
}

// TestEachWorkerHasATurn: in each BlockOn, although f is done before Go gives the other workers a processor. Or else what
// they have would wait as long as there are short ones.
func TestEachWorkerHasATurn(t *testing.T) {
	leaktest.Check(t)
	defer goruntime.GOMAXPROCS(goruntime.GOMAXPROCS(1))
	rt := several(t, 3)
	stream, peer := pair(t)
	polled := runtime.SpawnOn(rt, 1, result(1, nil))
	slept := runtime.SpawnOn(rt, 1, future.Future[struct{}](runtime.Sleep(0)))
	read := runtime.SpawnOn(rt, 2, future.Future[byte](&reader{stream: stream}))
	turn := func() { finish(t, rt, result(0, nil)) }
	turn()
	if !runtime.Done(polled) {
		t.Error("a task hasn't been polled")
	}
	send(t, peer, "x")
	turn()
	turn()
	// The other systems have the event by now. That of Windows may bring it a moment later.
	for begin := time.Now(); goruntime.GOOS == "windows" && !runtime.Done(read) && time.Since(begin) < 10*time.Second; {
		turn()
	}
	if !runtime.Done(slept) || !runtime.Done(read) {
		t.Errorf("after its timer: %t, after its event: %t", runtime.Done(slept), runtime.Done(read))
	}
}
