package http

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"ch06/future"
	"ch06/kit/delay"
	"ch06/kit/leaktest"
)

// drive polls f until it is done.
func drive[T any](f future.Future[T]) (T, error) {
	for {
		v, err := f.Poll()
		if err != future.NotReady {
			return v, err
		}
		time.Sleep(100 * time.Microsecond)
	}
}

func delayServer(t *testing.T) *delay.Server {
	t.Helper()
	leaktest.Check(t)
	s, err := delay.Start("127.0.0.1:0", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// rawServer takes connections until the test ends. It calls serve for each, when
// the request has arrived, and then closes the connection.
func rawServer(t *testing.T, serve func(*net.TCPConn)) netip.AddrPort {
	return server(t, func(c *net.TCPConn) {
		if readRequest(c) != "" {
			serve(c)
		}
	})
}

// readRequest returns "" if no whole request comes.
func readRequest(c *net.TCPConn) string {
	request, b := "", make([]byte, 1000)
	for !strings.HasSuffix(request, "\r\n\r\n") {
		n, err := c.Read(b)
		if err != nil {
			return ""
		}
		request += string(b[:n])
	}
	return request
}

// server is a rawServer that doesn't wait for the request.
func server(t *testing.T, serve func(*net.TCPConn)) netip.AddrPort {
	t.Helper()
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				serve(c.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return l.Addr().(*net.TCPAddr).AddrPort()
}

func send(text string) func(*net.TCPConn) {
	return func(c *net.TCPConn) { io.WriteString(c, text) }
}

// closed waits until the peer has closed the connection. That it does is the
// test: the deadline is there to fail and not to hang.
func closed(c *net.TCPConn) error {
	c.SetReadDeadline(time.Now().Add(time.Minute))
	n, err := io.Copy(io.Discard, c)
	if n > 0 {
		return fmt.Errorf("%d bytes more from the client", n)
	}
	if e, ok := err.(net.Error); ok && e.Timeout() {
		return err
	}
	return nil // the end, or a reset
}

func panics(t *testing.T, f future.Future[string]) {
	t.Helper()
	defer func() {
		t.Helper()
		if p := recover(); p != future.PolledAfterCompletion {
			t.Errorf("%v; want the panic %q", p, future.PolledAfterCompletion)
		}
	}()
	f.Poll()
}
