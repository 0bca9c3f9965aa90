package runtime_test

import (
	"context"
	"errors"
	"net/netip"
	goruntime "runtime"
	"sync/atomic"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
	"ch10/tcp"
)

func TestBlockOnAgainAfterShutdown(t *testing.T) {
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rt.Shutdown(context.Background())
	for i := range 3 {
		p := ready(1, nil)
		if _, err := runtime.BlockOn[struct{}](context.Background(), rt, p); err != runtime.ErrShutdown {
			t.Errorf("BlockOn %d after Shutdown: %v", i, err)
		}
		p.want(t, "f", 0, 1)
	}
	p := pending()
	runtime.Spawn[struct{}](rt, p)
	p.want(t, "spawned", 0, 1)
}

type panicsInDrop struct{ *probe }

func (b panicsInDrop) Drop() { b.probe.Drop(); panic("bad drop") }

func TestAllAreDroppedThoughOnePanics(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	last := pending()
	runtime.BlockOn(context.Background(), rt, runtime.Select[struct{}](ready(2, nil), panicsInDrop{pending()}, last))
	last.want(t, "Select", 1, 1)
	last = pending()
	runtime.BlockOn(context.Background(), rt, runtime.Timeout(time.Millisecond, future.JoinAll[struct{}](panicsInDrop{pending()}, last)))
	last.want(t, "JoinAll", 1, 1)
}

func TestBlockOnTellsThatDropPanicked(t *testing.T) {
	rt := newRuntime(t)
	ctx, cancel := context.WithCancel(context.Background())
	f := panicsInDrop{&probe{do: func(int, *future.Context) error { cancel(); return future.NotReady }}}
	_, err := runtime.BlockOn[struct{}](ctx, rt, f)
	if _, ok := errors.AsType[*runtime.PanicError](err); !ok {
		t.Errorf("%v; want the panic of Drop, too", err)
	}
}

func TestResultIsFreed(t *testing.T) {
	rt := newRuntime(t)
	var freed atomic.Bool
	func() {
		v := new([1 << 20]byte)
		goruntime.AddCleanup(v, func(int) { freed.Store(true) }, 0)
		runtime.BlockOn(context.Background(), rt, result(v, nil))
	}()
	for i := 0; i < 500 && !freed.Load(); i++ {
		goruntime.GC()
		time.Sleep(time.Millisecond)
	}
	if !freed.Load() {
		t.Error("rt keeps the result of a BlockOn that is over")
	}
	goruntime.KeepAlive(rt)
}

// polled polls f once in rt.
func polled[T any](rt *runtime.Runtime, f future.Future[T]) error {
	_, err := runtime.BlockOn[struct{}](context.Background(), rt, pollFunc[struct{}](func(cx *future.Context) (none struct{}, _ error) {
		f.Poll(cx)
		return none, nil
	}))
	return err
}

func TestTwoRuntimes(t *testing.T) {
	a, b := newRuntime(t), newRuntime(t)
	l, err := tcp.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := runtime.Sleep(time.Hour)
	polled(a, s)
	polled(a, l.Accept())
	for name, err := range map[string]error{"Timer": polled(b, s), "IO": polled(b, l.Accept())} {
		if _, ok := errors.AsType[*runtime.PanicError](err); !ok {
			t.Errorf("%s: %v; want a panic", name, err)
		}
	}
	future.Drop(s)
}

// A closer is a result that can be closed.
type closer struct{ closed int }

func (c *closer) Close() error { c.closed++; return nil }

// TestUntoldResultsAreClosed: what a dropped future has got and hasn't told.
func TestUntoldResultsAreClosed(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	joined, spawned, told := &closer{}, &closer{}, &closer{}
	never := pollFunc[*closer](func(*future.Context) (*closer, error) { return nil, future.NotReady })
	failed := result[*closer](nil, errors.New("failed"))
	both := runtime.Timeout(time.Millisecond, future.JoinAll(result(joined, nil), failed, never))
	if _, err := runtime.BlockOn(context.Background(), rt, both); err != context.DeadlineExceeded || joined.closed != 1 {
		t.Errorf("JoinAll: %v, closed %d times", err, joined.closed)
	}
	h := runtime.Spawn(rt, result(spawned, nil))
	g := runtime.Spawn(rt, result(told, nil))
	runtime.BlockOn(context.Background(), rt, g)
	for range 2 {
		h.Drop()
		g.Drop()
	}
	if spawned.closed != 1 || told.closed != 0 {
		t.Errorf("closed %d times; and the one that was told %d times", spawned.closed, told.closed)
	}
}
