package tcp_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
	"ch10/tcp"
)

func newRuntime(t *testing.T) *runtime.Runtime {
	t.Helper()
	leaktest.Check(t)
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rt.Shutdown(context.Background()) })
	watch(t, rt)
	return rt
}

// watch fails the test when tasks wait and none has been polled for 10 s, because a wake was lost. Then it
// ends what the test waits for.
func watch(t *testing.T, rt *runtime.Runtime) {
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	go func() {
		for polls := uint64(0); ; {
			select {
			case <-over:
				return
			case <-time.After(10 * time.Second):
			}
			s := rt.Stats()
			if s.Tasks > 0 && s.Polls == polls {
				t.Errorf("nothing is polled any more: %+v", s)
				rt.Shutdown(context.Background())
				return
			}
			polls = s.Polls
		}
	}()
}

// block runs body as a task, and returns when it has.
func block[T any](t *testing.T, rt *runtime.Runtime, body func(co *future.Co) (T, error)) (T, error) {
	t.Helper()
	return runtime.BlockOn(t.Context(), rt, future.Async(body))
}

func spawn[T any](rt *runtime.Runtime, body func(co *future.Co) (T, error)) *runtime.JoinHandle[T] {
	return runtime.Spawn(rt, future.Async(body))
}

func listen(t *testing.T, addr string) *tcp.Listener {
	t.Helper()
	l, err := tcp.Listen(netip.MustParseAddrPort(addr))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// pair returns both ends of a connection.
func pair(co *future.Co, l *tcp.Listener) (client, server *tcp.Conn, err error) {
	if client, err = future.Wait(co, tcp.Connect(l.Addr())); err != nil {
		return nil, nil, err
	}
	server, err = future.Wait(co, l.Accept())
	return client, server, err
}

func readUntilEOF(co *future.Co, c *tcp.Conn) (got []byte, err error) {
	buf := make([]byte, 4096)
	for {
		n, err := future.Wait(co, c.Read(buf))
		got = append(got, buf[:n]...)
		if err == io.EOF {
			return got, nil
		} else if err != nil {
			return got, err
		}
	}
}

func TestEchoBetweenTasks(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
		t.Run(addr, func(t *testing.T) {
			rt := newRuntime(t)
			l, err := tcp.Listen(netip.MustParseAddrPort(addr))
			if err != nil && strings.HasPrefix(addr, "[") {
				t.Skipf("no IPv6 here: %v", err)
			} else if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if l.Addr().Addr() != netip.MustParseAddrPort(addr).Addr() || l.Addr().Port() == 0 {
				t.Errorf("listens on %v", l.Addr())
			}
			echo := spawn(rt, func(co *future.Co) (int, error) {
				c, err := future.Wait(co, l.Accept())
				if err != nil {
					return 0, err
				}
				defer c.Close()
				got, err := readUntilEOF(co, c)
				if err != nil {
					return 0, err
				}
				return future.Wait(co, c.Write(got))
			})
			got, err := block(t, rt, func(co *future.Co) (string, error) {
				c, err := future.Wait(co, tcp.Connect(l.Addr()))
				if err != nil {
					return "", err
				}
				defer c.Close()
				if n, err := future.Wait(co, c.Write([]byte("hello"))); n != 5 || err != nil {
					t.Errorf("wrote %d, %v", n, err)
				}
				if err := c.CloseWrite(); err != nil {
					t.Error(err)
				}
				got, err := readUntilEOF(co, c)
				if n, err := future.Wait(co, echo); n != 5 || err != nil {
					t.Errorf("the other side: %d, %v", n, err)
				}
				return string(got), err
			})
			if got != "hello" || err != nil {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// One task fills the connection while another empties it, on both ends: if one task's wake-up
// took the other's place, this would hang.
func TestReadAndWriteByTwoTasks(t *testing.T) {
	rt, l := newRuntime(t), listen(t, "127.0.0.1:0")
	want := bytes.Repeat([]byte("0123456789"), 2<<20) // more than the system keeps
	client, err := block(t, rt, func(co *future.Co) (*tcp.Conn, error) {
		client, server, err := pair(co, l)
		if err != nil {
			return nil, err
		}
		spawn(rt, func(co *future.Co) (n int, err error) { // sends back what it gets
			defer server.Close()
			buf := make([]byte, 32<<10)
			for {
				n, err := future.Wait(co, server.Read(buf))
				if err != nil {
					return 0, err
				}
				if _, err := future.Wait(co, server.Write(buf[:n])); err != nil {
					return 0, err
				}
			}
		})
		return client, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	writer := spawn(rt, func(co *future.Co) (int, error) {
		defer client.CloseWrite()
		return future.Wait(co, client.Write(want))
	})
	got, err := block(t, rt, func(co *future.Co) ([]byte, error) { return readUntilEOF(co, client) })
	if !bytes.Equal(got, want) || err != nil {
		t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
	}
	if n, err := runtime.BlockOn(t.Context(), rt, writer); n != len(want) || err != nil {
		t.Errorf("wrote %d, %v", n, err)
	}
}

func TestConnectRefused(t *testing.T) {
	rt, l := newRuntime(t), listen(t, "127.0.0.1:0")
	l.Close()
	_, err := runtime.BlockOn(t.Context(), rt, tcp.Connect(l.Addr()))
	if err == nil || !strings.Contains(err.Error(), "refused") || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("%v; want the refusal, and of whom", err)
	}
}

func TestConnectToNowhere(t *testing.T) {
	rt := newRuntime(t)
	if _, err := runtime.BlockOn(t.Context(), rt, tcp.Connect(netip.AddrPort{})); err == nil {
		t.Error("no error")
	}
}

func TestCloseWhileOthersWait(t *testing.T) {
	rt, l := newRuntime(t), listen(t, "127.0.0.1:0")
	_, err := block(t, rt, func(co *future.Co) (n int, err error) {
		client, server, err := pair(co, l)
		if err != nil {
			return 0, err
		}
		defer client.Close()
		reader := spawn(rt, func(co *future.Co) (int, error) {
			return future.Wait(co, server.Read(make([]byte, 1)))
		})
		writer := spawn(rt, func(co *future.Co) (int, error) { // more than fits
			return future.Wait(co, server.Write(make([]byte, 64<<20)))
		})
		future.Wait(co, runtime.Sleep(1)) // until the others have nothing to do but wait
		for range 2 {
			if err := server.Close(); err != nil {
				t.Error(err)
			}
		}
		for _, h := range []*runtime.JoinHandle[int]{reader, writer} {
			if _, err := future.Wait(co, h); err != tcp.ErrClosed {
				t.Errorf("%v; want ErrClosed", err)
			}
		}
		if err := server.CloseWrite(); err != tcp.ErrClosed {
			t.Errorf("CloseWrite: %v; want ErrClosed", err)
		}
		return 0, nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPeerResets(t *testing.T) {
	rt, l := newRuntime(t), listen(t, "127.0.0.1:0")
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_, err = block(t, rt, func(co *future.Co) (n int, err error) {
		c, err := future.Wait(co, l.Accept())
		if err != nil {
			t.Error(err)
			return 0, nil
		}
		defer c.Close()
		peer.(*net.TCPConn).SetLinger(0)
		peer.Close()
		_, err = future.Wait(co, c.Read(make([]byte, 1)))
		return 0, err
	})
	if err == nil || err == io.EOF && !underWine(t) {
		t.Errorf("%v; want the reset", err)
	}
}

// A counted future polls f up to polls times, and drops it then.
type counted struct {
	f     future.Future[bool]
	polls int
}

// Poll reports whether f was done in time.
func (c *counted) Poll(cx *future.Context) (bool, error) {
	if c.polls--; c.polls < 0 {
		future.Drop(c.f)
		future.Drop(c.f)
		return false, nil
	}
	done, err := c.f.Poll(cx)
	if err == future.NotReady && c.polls == 0 {
		cx.Waker().Wake() // to be dropped
	}
	return done, err
}

// A pack makes one type of all futures, and closes the connection that one may have.
type pack[T any] struct{ f future.Future[T] }

func (p pack[T]) Poll(cx *future.Context) (bool, error) {
	v, err := p.f.Poll(cx)
	if c, ok := any(v).(io.Closer); ok && err == nil {
		c.Close()
	}
	return err == nil, err
}

func (p pack[T]) Drop() { future.Drop(p.f) }

// Each future is dropped before its first poll, after it, after the second, and so on until it
// is done by then. What is left open, leaktest finds.
func TestDropAtEachPoll(t *testing.T) {
	rt, l := newRuntime(t), listen(t, "127.0.0.1:0")
	conns, err := block(t, rt, func(co *future.Co) (c [2]*tcp.Conn, err error) {
		c[0], c[1], err = pair(co, l)
		return c, err
	})
	if err != nil {
		t.Fatal(err)
	}
	client, server := conns[0], conns[1]
	defer client.Close()
	defer server.Close()
	for name, test := range map[string]struct {
		prepare func()
		f       func() future.Future[bool]
	}{
		"connect": {func() {}, func() future.Future[bool] { return pack[*tcp.Conn]{tcp.Connect(l.Addr())} }},
		"accept": {func() {
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			c.Close()
		}, func() future.Future[bool] { return pack[*tcp.Conn]{l.Accept()} }},
		"read": {func() {
			runtime.BlockOn(t.Context(), rt, server.Write([]byte("x")))
		}, func() future.Future[bool] { return pack[int]{client.Read(make([]byte, 1))} }},
		"write": {func() {}, func() future.Future[bool] { return pack[int]{client.Write([]byte("x"))} }},
	} {
		for k := range 20 {
			if k > 1 {
				test.prepare()
			}
			done, err := runtime.BlockOn(t.Context(), rt, future.Future[bool](&counted{f: test.f(), polls: k}))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if done && k > 1 {
				break
			}
			if k == 19 {
				t.Errorf("%s: never done", name)
			}
		}
	}
}

func TestPolledAfterCompletion(t *testing.T) {
	rt := newRuntime(t)
	var l *tcp.Listener
	for name, f := range map[string]func(*tcp.Conn) future.Future[bool]{
		"connect": func(*tcp.Conn) future.Future[bool] { return pack[*tcp.Conn]{tcp.Connect(l.Addr())} },
		"accept":  func(*tcp.Conn) future.Future[bool] { return pack[*tcp.Conn]{l.Accept()} },
		"read":    func(c *tcp.Conn) future.Future[bool] { return pack[int]{c.Read(make([]byte, 1))} },
		"write":   func(c *tcp.Conn) future.Future[bool] { return pack[int]{c.Write([]byte("x"))} },
	} {
		l = listen(t, "127.0.0.1:0")
		peer, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer peer.Close()
		peer.Write([]byte("x"))
		h := spawn(rt, func(co *future.Co) (bool, error) {
			var c *tcp.Conn
			if name == "read" || name == "write" {
				var err error
				if c, err = future.Wait(co, l.Accept()); err != nil {
					return false, err
				}
				defer c.Close()
			}
			f := f(c)
			if _, err := future.Wait(co, f); err != nil {
				return false, err
			}
			return future.Wait(co, f)
		})
		_, err = runtime.BlockOn(t.Context(), rt, h)
		if p, ok := errors.AsType[*runtime.PanicError](err); !ok || p.Value != future.PolledAfterCompletion {
			t.Errorf("%s: %v; want the panic", name, err)
		}
	}
}

// TestMovable: making a future in a place of one's own allocates nothing, and Drop of a zero one does nothing.
func TestMovable(t *testing.T) {
	rt, l := newRuntime(t), listen(t, "127.0.0.1:0")
	_, err := block(t, rt, func(co *future.Co) (int, error) {
		client, server, err := pair(co, l)
		if err != nil {
			return 0, err
		}
		defer client.Close()
		defer server.Close()
		var r tcp.Transfer
		var w tcp.Transfer
		var a tcp.Accepting
		for range 2 { // zero, and then not
			r.Drop()
			w.Drop()
			a.Drop()
			if n := testing.AllocsPerRun(100, func() { r, w, a = *client.Read(nil), *client.Write(nil), *l.Accept() }); n != 0 {
				t.Errorf("%v allocations", n)
			}
		}
		return 0, nil
	})
	if err != nil {
		t.Error(err)
	}
}
