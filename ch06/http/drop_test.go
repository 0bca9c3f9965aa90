package http

import (
	"fmt"
	"io"
	"net"
	"testing"

	"ch06/future"
	"ch06/kit/leaktest"
)

// TestDrop drops a GET before its first poll, after its first, and so on, until
// it is done before. The server sends a byte for each poll after the first.
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
	leaktest.Check(t)
	turn, gone := make(chan struct{}), make(chan error, 1)
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
	f := Get(addr, "/drop")
	polls := 0
	for polls < k && !done {
		if polls > 0 {
			turn <- struct{}{}
		}
		txt, err := f.Poll()
		polls++
		if done = err != future.NotReady; done && (txt != text || err != nil) {
			t.Errorf("poll %d: %q, %v", polls, txt, err)
		}
	}
	future.Drop(f)
	future.Drop(f)
	panics(t, f)
	close(turn)
	if polls > 0 {
		if err := <-gone; err != nil {
			t.Errorf("dropped after %d polls: at the server: %v", polls, err)
		}
	}
	return done
}

// TestDropJoinAll drops many at once, some of which are done.
func TestDropJoinAll(t *testing.T) {
	const n = 20
	good := delayServer(t)
	gone := make(chan error, n)
	addr := rawServer(t, func(c *net.TCPConn) { gone <- closed(c) })
	var fs []future.Future[string]
	done, arrived := 0, 0
	for range n {
		fs = append(fs, counted{Get(good.Addr(), "/0/x"), &done}, Get(addr, "/silent"))
	}
	all := future.JoinAll(fs...)
	for done < n {
		if texts, err := all.Poll(); err != future.NotReady {
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

func (c counted) Poll() (string, error) {
	txt, err := c.Future.Poll()
	if err != future.NotReady {
		*c.n++
	}
	return txt, err
}
