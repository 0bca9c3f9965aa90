package tcp_test

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"

	"ch10/future"
	"ch10/runtime"
	"ch10/tcp"
)

const neverEnough = 50_000 // steps of a task that never gives way

// givesWay has a task take one step after another, and fails the test if a timer that is due waits for more than
// some hundred of them.
func givesWay(t *testing.T, rt *runtime.Runtime, step func(co *future.Co) error) {
	t.Helper()
	steps := 0
	busy := spawn(rt, func(co *future.Co) (n int, err error) {
		for ; steps < neverEnough && err == nil; steps++ {
			err = step(co)
		}
		return 0, err
	})
	_, err := block(t, rt, func(co *future.Co) (int, error) {
		for before, more := 0, 20; more > 0; more-- {
			if steps-before > 1000 {
				t.Errorf("a timer that was due waited for %d steps of another task", steps-before)
				break
			}
			before = steps
			future.Wait(co, runtime.Sleep(0))
		}
		busy.Cancel()
		return future.Wait(co, busy)
	})
	var failed *runtime.PanicError
	if steps < 100 || errors.As(err, &failed) {
		t.Errorf("after %d steps: %v", steps, err)
	}
}

// TestWhatIsReadyAgainAndAgain gives way: what succeeds, and what fails.
func TestWhatIsReadyAgainAndAgain(t *testing.T) {
	rt, l := newRuntime(t), listen(t, "127.0.0.1:0")
	var flooded, other, ended, closed *tcp.Conn
	_, err := block(t, rt, func(co *future.Co) (n int, err error) {
		if flooded, other, err = pair(co, l); err != nil {
			return 0, err
		}
		var server *tcp.Conn
		if ended, server, err = pair(co, l); err != nil {
			return 0, err
		}
		server.Close()
		if closed, server, err = pair(co, l); err != nil {
			return 0, err
		}
		server.Close()
		closed.Close()
		return future.Wait(co, other.Write(make([]byte, 64<<10)))
	})
	if err != nil {
		t.Fatal(err)
	}
	defer flooded.Close()
	defer other.Close()
	defer ended.Close()
	gone := listen(t, "127.0.0.1:0")
	gone.Close()
	byte1 := make([]byte, 1)
	for name, step := range map[string]func(co *future.Co) error{
		"Read":                   func(co *future.Co) error { _, err := future.Wait(co, flooded.Read(byte1)); return err },
		"Write":                  func(co *future.Co) error { _, err := future.Wait(co, flooded.Write(byte1)); return err },
		"Read at the end":        func(co *future.Co) error { future.Wait(co, ended.Read(byte1)); return nil },
		"Read of a closed Conn":  func(co *future.Co) error { future.Wait(co, closed.Read(byte1)); return nil },
		"Write of a closed Conn": func(co *future.Co) error { future.Wait(co, closed.Write(byte1)); return nil },
		"Accept":                 func(co *future.Co) error { future.Wait(co, gone.Accept()); return nil },
		"Connect":                func(co *future.Co) error { future.Wait(co, tcp.Connect(netip.AddrPort{})); return nil },
	} {
		t.Run(name, func(t *testing.T) { givesWay(t, rt, step) })
	}
}

// TestALongWriteGivesWay: its peer reads so fast that the system always takes more.
func TestALongWriteGivesWay(t *testing.T) {
	rt, l := newRuntime(t), listen(t, "127.0.0.1:0")
	const size = 64 << 20
	polls := 0
	n, err := block(t, rt, func(co *future.Co) (int, error) {
		client, server, err := pair(co, l)
		if err != nil {
			return 0, err
		}
		defer client.Close()
		spawn(rt, func(co *future.Co) ([]byte, error) { defer server.Close(); return readUntilEOF(co, server) })
		f := client.Write(make([]byte, size))
		return future.Wait(co, future.Future[int](pollFunc(func(cx *future.Context) (int, error) { polls++; return f.Poll(cx) })))
	})
	// In a poll there are 128 steps of 64 KiB.
	if n != size || err != nil || polls < size/(128*64<<10) {
		t.Errorf("%d bytes, %v, in %d polls", n, err, polls)
	}
}

// TestStepsOfAConn are 64 KiB long.
func TestStepsOfAConn(t *testing.T) {
	rt, l := newRuntime(t), listen(t, "127.0.0.1:0")
	block(t, rt, func(co *future.Co) (int, error) {
		client, server, err := pair(co, l)
		if err != nil {
			return 0, err
		}
		defer client.Close()
		defer server.Close()
		b := make([]byte, 1<<20)
		for name, step := range map[string]func(*future.Context, []byte) (int, error){"write": client.PollWrite, "read": server.PollRead} {
			n, err := future.Wait(co, future.Future[int](pollFunc(func(cx *future.Context) (int, error) {
				if name == "read" { // as much as there may be
					client.PollWrite(cx, b)
					client.PollWrite(cx, b)
				}
				return step(cx, b)
			})))
			if n > 64<<10 || err != nil {
				t.Errorf("%s: %d bytes, %v", name, n, err)
			}
		}
		return 0, nil
	})
}

type pollFunc func(cx *future.Context) (int, error)

func (f pollFunc) Poll(cx *future.Context) (int, error) { return f(cx) }

// TestTwoReaders, or two writers, of one Conn: the second panics, and the first goes on.
func TestTwoReaders(t *testing.T) {
	for name, use := range map[string]struct {
		begin   func(c *tcp.Conn) future.Future[int]
		message string
	}{
		"Read":  {func(c *tcp.Conn) future.Future[int] { return c.Read(make([]byte, 10)) }, "tcp: two futures wait for one Conn to be READABLE"},
		"Write": {func(c *tcp.Conn) future.Future[int] { return c.Write(make([]byte, 64<<20)) }, "tcp: two futures wait for one Conn to be WRITABLE"},
	} {
		t.Run(name, func(t *testing.T) {
			rt, l := newRuntime(t), listen(t, "127.0.0.1:0")
			var client, server *tcp.Conn
			first, err := block(t, rt, func(co *future.Co) (h *runtime.JoinHandle[int], err error) {
				if client, server, err = pair(co, l); err == nil {
					h = runtime.Spawn(rt, use.begin(client))
				}
				future.Wait(co, runtime.Sleep(0))
				return h, err
			})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			defer server.Close()
			misused := func(err error) {
				t.Helper()
				if p, ok := errors.AsType[*runtime.PanicError](err); !ok || p.Value != use.message {
					t.Errorf("%v; want a panic", err)
				}
			}
			_, err = runtime.BlockOn(t.Context(), rt, use.begin(client))
			misused(err)
			_, err = runtime.BlockOn(t.Context(), rt, future.JoinAll(use.begin(client)))
			misused(err)
			_, err = runtime.BlockOn(t.Context(), rt, runtime.Timeout(1<<32, future.JoinAll(use.begin(client), use.begin(client))))
			misused(err)
			first.Cancel()
			// Now the next may; and then another task, while the first goes on with something else.
			for range 2 {
				given := runtime.NewChan[int](1)
				spawn(rt, func(co *future.Co) (int, error) {
					future.Wait(co, runtime.Timeout(0, use.begin(client)))
					future.Wait(co, given.Send(1))
					future.Wait(co, runtime.Sleep(1<<40))
					return 0, nil
				})
				if _, err := runtime.BlockOn(t.Context(), rt, given.Recv()); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestSeveralAccept from one listener: each gets a connection, and those that are dropped take none.
func TestSeveralAccept(t *testing.T) {
	rt, l := newRuntime(t), listen(t, "127.0.0.1:0")
	const tasks = 5
	var accepts [tasks]*runtime.JoinHandle[*tcp.Conn]
	for i := range accepts {
		accepts[i] = runtime.Spawn(rt, l.Accept())
	}
	two := runtime.Spawn(rt, future.JoinAll(l.Accept(), l.Accept()))
	dropped := runtime.Spawn(rt, l.Accept())
	block(t, rt, func(co *future.Co) (int, error) { // is gone before anybody connects
		future.Wait(co, runtime.Timeout(0, l.Accept()))
		if n := tcp.Waiting(l); n != tasks+3 {
			t.Errorf("%d wait for a connection, want %d", n, tasks+3)
		}
		return 0, nil
	})
	block(t, rt, func(co *future.Co) (int, error) {
		future.Wait(co, runtime.Sleep(0)) // until they wait
		dropped.Cancel()
		return 0, nil
	})
	for range tasks + 2 { // not all at once: each event has to wake those that are left
		peer, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer peer.Close()
		block(t, rt, func(co *future.Co) (int, error) { future.Wait(co, runtime.Sleep(0)); return 0, nil })
	}
	for i, h := range accepts {
		c, err := runtime.BlockOn(t.Context(), rt, runtime.Timeout(1<<32, future.Future[*tcp.Conn](h)))
		if err != nil {
			t.Fatalf("task %d: %v", i, err)
		}
		c.Close()
	}
	both, err := runtime.BlockOn(t.Context(), rt, runtime.Timeout(1<<32, future.Future[[]*tcp.Conn](two)))
	if err != nil {
		t.Fatal(err)
	}
	both[0].Close()
	both[1].Close()
}

// TestOneOfTwoAcceptsIsDropped: the other, which its task polls with the same Context, isn't forgotten.
func TestOneOfTwoAcceptsIsDropped(t *testing.T) {
	rt, l := newRuntime(t), listen(t, "127.0.0.1:0")
	a, b := future.Future[*tcp.Conn](l.Accept()), l.Accept()
	late := false
	task, err := block(t, rt, func(co *future.Co) (*runtime.JoinHandle[int], error) {
		task := runtime.Spawn(rt, pollFunc(func(cx *future.Context) (int, error) {
			a.Poll(cx)
			c, err := b.Poll(cx)
			if err == nil {
				c.Close()
			}
			return 0, err
		}))
		future.Wait(co, runtime.Sleep(0)) // until it waits
		future.Drop(a)
		a = nothing{}
		return task, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	spawn(rt, func(co *future.Co) (int, error) {
		future.Wait(co, runtime.Sleep(1<<32))
		late = true
		task.Cancel()
		return 0, nil
	})
	if _, err := runtime.BlockOn(t.Context(), rt, task); err != nil || late {
		t.Errorf("%v, late: %v", err, late)
	}
}

// A nothing is a future that is never ready.
type nothing struct{}

func (nothing) Poll(*future.Context) (*tcp.Conn, error) { return nil, future.NotReady }

// TestShortReadDrains: a read that got less than it asked for needs no other one to learn that there is nothing more. So
// bytes that come afterwards are read when their event has come, and not before.
func TestShortReadDrains(t *testing.T) {
	rt, l := newRuntime(t), listen(t, "127.0.0.1:0")
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	_, err = block(t, rt, func(co *future.Co) (int, error) {
		c, err := future.Wait(co, l.Accept())
		if err != nil {
			return 0, err
		}
		defer c.Close()
		peer.Write([]byte("a"))
		got := ""
		return future.Wait(co, future.Future[int](pollInt(func(cx *future.Context) (int, error) {
			b := make([]byte, 10)
			n, err := c.PollRead(cx, b)
			if got += string(b[:n]); got != "a" || err != nil {
				return 0, err
			}
			peer.Write([]byte("b"))
			if n, err := c.PollRead(cx, b); n != 0 || err != future.NotReady {
				t.Errorf("%d, %v before the event", n, err)
			}
			return 0, future.NotReady
		})))
	})
	if err != nil {
		t.Error(err)
	}
}

type pollInt func(cx *future.Context) (int, error)

func (f pollInt) Poll(cx *future.Context) (int, error) { return f(cx) }

// TestEndBehindAShortRead: one event brings the bytes and the end of the stream.
func TestEndBehindAShortRead(t *testing.T) {
	rt, l := newRuntime(t), listen(t, "127.0.0.1:0")
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	reader := spawn(rt, func(co *future.Co) (string, error) {
		c, err := future.Wait(co, l.Accept())
		if err != nil {
			return "", err
		}
		defer c.Close()
		b := make([]byte, 100)
		for n := 0; ; {
			k, err := future.Wait(co, c.Read(b[n:]))
			if n += k; err != nil {
				return string(b[:n]), err
			}
		}
	})
	text, err := block(t, rt, func(co *future.Co) (string, error) {
		for range 1000 { // looks are between them, so the reader waits, and its first event has come
			if _, err := future.Wait(co, runtime.Yield()); err != nil {
				return "", err
			}
		}
		io.WriteString(peer, "all of it")
		peer.Close()
		return future.Wait(co, future.Future[string](reader))
	})
	if text != "all of it" || err != io.EOF {
		t.Fatalf("%q, %v", text, err)
	}
}
