package http

import (
	"fmt"
	"io"
	"net"
	"testing"

	"ch08/future"
	"ch08/runtime"
)

// TestDrop drops a GET before its first poll, after its first, and so on, until
// it is done before. The server sends a byte when all before it have been read.
func TestDrop(t *testing.T) {
	const text = "HTTP/1.1 200 OK\r\n\r\nok"
	for k, done := 0, false; !done; k++ {
		t.Run(fmt.Sprint(k), func(t *testing.T) { done = dropAfter(t, k, text) })
		if k < len(text) && done {
			t.Fatalf("done after %d polls, and fewer bytes than there are", k)
		}
	}
}

func dropAfter(t *testing.T, k int, text string) (done bool) {
	reactor(t)
	turn, gone := make(chan struct{}, len(text)+1), make(chan error, 1)
	addr := server(t, func(c *net.TCPConn) {
		sent := 0
		for range turn {
			if sent < len(text) {
				io.WriteString(c, text[sent:sent+1])
			}
			if sent++; sent == len(text) {
				c.CloseWrite()
			}
		}
		readRequest(c)
		gone <- closed(c)
	})
	f, b := Get(addr, "/drop").(*get), newBell()
	polls, sent := 0, 0
	for polls < k && !done {
		if polls > 0 {
			if sent == len(f.response.text) {
				sent++
				turn <- struct{}{}
			}
			<-b.rung
		}
		txt, err := f.Poll(b)
		polls++
		if done = err != future.NotReady; done && (txt != text || err != nil) {
			t.Errorf("poll %d: %q, %v", polls, txt, err)
		}
	}
	future.Drop(f)
	future.Drop(f)
	panics(t, f)
	fence(t)
	wakes := b.wakes.Load()
	close(turn)
	if polls > 0 {
		if f.timer.Stop() {
			t.Errorf("dropped after %d polls: the timer goes on", polls)
		}
		runtime.Reactor().Wake(f.id)
		if err := <-gone; err != nil {
			t.Errorf("dropped after %d polls: at the server: %v", polls, err)
		}
	}
	fence(t)
	if n := b.wakes.Load(); n != wakes {
		t.Errorf("dropped after %d polls, and woken %d times since", polls, n-wakes)
	}
	return done
}

// TestDropJoinAll drops many at once, some of which are done.
func TestDropJoinAll(t *testing.T) {
	const n = 20
	reactor(t)
	good := delayServer(t)
	gone := make(chan error, n)
	addr := rawServer(t, func(c *net.TCPConn) { gone <- closed(c) })
	var fs []future.Future[string]
	done, arrived := 0, 0
	for range n {
		fs = append(fs, counted{Get(good.Addr(), "/0/x"), &done}, Get(addr, "/silent"))
	}
	all, b := future.JoinAll(fs...), newBell()
	for b.Wake(); done < n; {
		<-b.rung
		if texts, err := all.Poll(b); err != future.NotReady {
			t.Fatalf("%q, %v", texts, err)
		}
	}
	future.Drop(all)
	for ; arrived < n; arrived++ {
		if err := <-gone; err != nil {
			t.Error(err)
		}
	}
}

type counted struct {
	future.Future[string]
	n *int
}

func (c counted) Poll(w future.Waker) (string, error) {
	txt, err := c.Future.Poll(w)
	if err != future.NotReady {
		*c.n++
	}
	return txt, err
}
