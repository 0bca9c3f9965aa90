package runtime_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	goruntime "runtime"
	"time"

	"ch10/future"
	"ch10/runtime"
	"ch10/tcp"
)

// maxTasks is how many one world has, at most about.
const maxTasks = 400

// A deed is one thing that a task does and waits for.
type deed func(w *world, co *future.Co, depth int, r *rand.Rand) error

var deeds []deed

func init() {
	deeds = []deed{yields, sleeps, sleeps, sends, sends, receives, receives, spawns, spawns, cancels, blocks, talks, talks, joins, crowds, crowds, exits, lingers, fails}
}

// body returns a random task's body. It ends with what the first deed that fails returns.
func (w *world) body(depth int, seed uint64) func(co *future.Co) (struct{}, error) {
	return func(co *future.Co) (struct{}, error) {
		r := rand.New(rand.NewPCG(seed, 99))
		steps := 1 + r.IntN(12)
		if depth == 0 {
			steps = 200
		}
		for range steps {
			d := deeds[r.IntN(len(deeds))]
			if err := d(w, co, depth, r); err != nil && (depth > 0 || expected(err) != nil) {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	}
}

func briefly(r *rand.Rand) time.Duration { return time.Duration(r.IntN(1000)) * time.Microsecond }

func yields(_ *world, co *future.Co, _ int, r *rand.Rand) (err error) {
	for range r.IntN(20) {
		_, err = future.Wait(co, runtime.Yield())
	}
	return err
}

func sleeps(_ *world, co *future.Co, _ int, r *rand.Rand) error {
	_, err := future.Wait(co, runtime.Sleep(briefly(r)))
	return err
}

func (w *world) channel(r *rand.Rand) *runtime.Chan[int64] { return w.chans[r.IntN(len(w.chans))] }

func sends(w *world, co *future.Co, _ int, r *rand.Rand) (err error) {
	v := w.sent.Add(1)
	_, err = future.Wait(co, runtime.Timeout(briefly(r), w.channel(r).Send(v)))
	if err == nil {
		w.delivered.Store(v, true)
	}
	return err
}

// receives takes a value from one of two channels. No value comes twice.
func receives(w *world, co *future.Co, _ int, r *rand.Rand) error {
	got, err := future.Wait(co, runtime.Timeout(briefly(r), runtime.Select(w.channel(r).Recv(), w.channel(r).Recv())))
	if err == nil && got.Err == nil {
		w.receive(got.Value)
	}
	return err
}

func (w *world) receive(v int64) {
	if _, twice := w.received.LoadOrStore(v, true); twice || v < 1 || v > w.sent.Load() {
		w.t.Errorf("received %d, of %d", v, w.sent.Load())
	}
}

// spawns forgets the task, waits for it, or drops the handle.
func spawns(w *world, co *future.Co, depth int, r *rand.Rand) error {
	if depth > 3 || w.isFull() {
		return nil
	}
	h := w.spawn(future.Async(w.body(depth+1, r.Uint64())))
	switch r.IntN(4) {
	case 0:
		w.publish(h)
	case 1:
		_, err := future.Wait(co, runtime.Timeout(10*briefly(r), future.Future[struct{}](h)))
		return err
	case 2:
		future.Wait(co, runtime.Yield())
		h.Drop()
	}
	return nil
}

func cancels(w *world, _ *future.Co, _ int, r *rand.Rand) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.handles) > 0 {
		w.handles[r.IntN(len(w.handles))].Cancel()
	}
	return nil
}

// blocks waits for a function that ends by itself, when it is told to, or with a panic.
func blocks(w *world, co *future.Co, _ int, r *rand.Rand) error {
	d, panics := briefly(r), r.IntN(5) == 0
	f := runtime.Blocking(func(ctx context.Context) (struct{}, error) {
		w.blocking.Add(1)
		defer w.blocking.Add(-1)
		select {
		case <-ctx.Done():
		case <-time.After(d):
		}
		if panics {
			panic("soak")
		}
		return struct{}{}, ctx.Err()
	})
	_, err := future.Wait(co, runtime.Timeout(2*briefly(r), f))
	return err
}

// talks sends something to the server, which sends it back.
func talks(w *world, co *future.Co, _ int, r *rand.Rand) error {
	f := future.Async(func(co *future.Co) (struct{}, error) {
		c, err := future.Wait(co, tcp.Connect(w.addr))
		if err != nil {
			return struct{}{}, err
		}
		defer c.Close()
		out := make([]byte, 1+r.IntN(1<<r.IntN(18)))
		for i := range out {
			out[i] = byte(i)
		}
		in := make([]byte, len(out))
		writes := none[int]{c.Write(out)}
		reads := future.Async(func(co *future.Co) (struct{}, error) {
			for n := 0; n < len(in); {
				k, err := future.Wait(co, c.Read(in[n:]))
				if n += k; err != nil {
					return struct{}{}, err
				}
			}
			return struct{}{}, nil
		})
		_, err = future.Wait(co, future.JoinAll[struct{}](writes, reads))
		if err == nil && string(in) != string(out) {
			w.t.Errorf("%d bytes came back as others", len(out))
		}
		return struct{}{}, err
	})
	_, err := future.Wait(co, runtime.Timeout(20*briefly(r), f))
	return network(err)
}

// network returns nil for what the network may say when the other side was cancelled.
func network(err error) error {
	if err != nil && expected(err) != nil {
		return fmt.Errorf("%w: %w", errSoak, err)
	}
	return err
}

// echo sends back what comes, until that ends.
func echo(c *tcp.Conn) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		b := make([]byte, 4096)
		for {
			n, err := future.Wait(co, c.Read(b))
			if err == io.EOF {
				return struct{}{}, nil
			}
			if err == nil {
				_, err = future.Wait(co, c.Write(b[:n]))
			}
			if err != nil {
				return struct{}{}, network(err)
			}
		}
	})
}

// joins waits for several things at once.
func joins(w *world, co *future.Co, _ int, r *rand.Rand) error {
	var fs []future.Future[struct{}]
	for range r.IntN(6) {
		d := []deed{yields, sleeps, sends, receives, talks}[r.IntN(5)]
		own := rand.New(rand.NewPCG(r.Uint64(), 98))
		fs = append(fs, future.Async(func(co *future.Co) (struct{}, error) { return struct{}{}, d(w, co, 9, own) }))
	}
	_, err := future.Wait(co, future.JoinAll(fs...))
	return err
}

// crowds waits for tasks of all workers at once, and may lose interest.
func crowds(w *world, co *future.Co, depth int, r *rand.Rand) error {
	if depth > 3 || w.isFull() {
		return nil
	}
	var handles []future.Future[struct{}]
	for range 1 + r.IntN(5) {
		h := runtime.SpawnOn(w.rt, r.IntN(w.rt.Workers()), w.track(future.Async(w.body(4, r.Uint64()))))
		handles = append(handles, h)
	}
	var err error
	if within := 4 * briefly(r); r.IntN(2) == 0 {
		_, err = future.Wait(co, runtime.Timeout(within, future.JoinAll(handles...)))
	} else {
		_, err = future.Wait(co, runtime.Timeout(within, runtime.Select(handles...)))
	}
	return err
}

// exits has a task end its goroutine, which must not be the test's.
func exits(w *world, _ *future.Co, depth int, r *rand.Rand) error {
	if n := w.rt.Workers(); n > 1 && !w.isFull() {
		runtime.SpawnOn(w.rt, 1+r.IntN(n-1), w.track(pollFunc[struct{}](func(*future.Context) (struct{}, error) {
			goruntime.Goexit()
			return struct{}{}, nil
		})))
	}
	return nil
}

// lingers has a task whose Drop uses a channel.
func lingers(w *world, co *future.Co, depth int, r *rand.Rand) error {
	if w.isFull() {
		return nil
	}
	c := w.channel(r)
	h := runtime.SpawnOn(w.rt, r.IntN(w.rt.Workers()), w.track(&droppingWith{do: func(cx *future.Context) {
		recv := c.Recv()
		if v, err := recv.Poll(cx); err == nil {
			w.receive(v)
		}
		recv.Drop()
		v := w.sent.Add(1)
		send := c.Send(v)
		if _, err := send.Poll(cx); err == nil {
			w.delivered.Store(v, true)
		}
		send.Drop()
	}}))
	w.publish(h)
	_, err := future.Wait(co, runtime.Timeout(briefly(r), future.Future[struct{}](h)))
	return err
}

func fails(_ *world, _ *future.Co, depth int, r *rand.Rand) error {
	switch {
	case depth == 0:
	case r.IntN(4) == 0:
		panic("soak")
	case r.IntN(2) == 0:
		return errSoak
	}
	return nil
}
