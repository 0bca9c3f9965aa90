package http

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ch10/future"
	"ch10/poll"
	"ch10/runtime"
	"ch10/tcp"
)

type pollFunc func(cx *future.Context) (string, error)

func (f pollFunc) Poll(cx *future.Context) (string, error) { return f(cx) }

// TestEarlyResponse: the connection is there and the answer, too, before the request has been sent: one event for both.
func TestEarlyResponse(t *testing.T) {
	set(t, &patience, time.Hour)
	answered := make(chan bool)
	addr := server(t, func(c *net.TCPConn) {
		io.WriteString(c, head+"Content-Length: 2\r\n\r\nok")
		c.CloseWrite()
		answered <- true
		io.Copy(io.Discard, c)
	})
	g := Get(addr, "/").(*get)
	defer g.Drop()
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Shutdown(context.Background())
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if _, err = runtime.BlockOn[string](ctx, rt, pollFunc(func(cx *future.Context) (string, error) {
		if g.stream != nil {
			return g.Poll(cx)
		}
		// What the first poll does where connecting takes its time; then the worker is busy.
		if err := g.start(cx); err != nil {
			return "", err
		}
		g.io.Wait(cx, poll.Writable)
		<-answered
		return "", future.NotReady
	})); err != nil {
		t.Error(err)
	}
}

// TestLongResponseLetsOthersRun: a poll reads only so much.
func TestLongResponseLetsOthersRun(t *testing.T) {
	addr := rawServer(t, func(c *net.TCPConn) {
		io.WriteString(c, head+"Content-Length: 33554432\r\n\r\n"+strings.Repeat("x", 32<<20))
	})
	g, most := Get(addr, "/").(*get), 0
	drive[string](pollFunc(func(cx *future.Context) (string, error) {
		before := g.length()
		r, err := g.Poll(cx)
		most = max(most, g.length()-before)
		return r, err
	}))
	if most > 1<<20 {
		t.Errorf("%d bytes in one poll", most)
	}
}

func nowhere(*Request) future.Future[Response] { return result{r: Response{Status: 404}} }

type failing struct{}

func (failing) Poll(*future.Context) (none struct{}, _ error) { return none, errors.New("stop failed") }

func TestStopFails(t *testing.T) {
	l, err := tcp.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := drive((&Server{Handler: nowhere}).Serve(l, failing{})); err == nil {
		t.Error("nobody is told")
	}
}

type dropPanics struct{}

func (dropPanics) Poll(*future.Context) (r Response, err error) { return r, future.NotReady }
func (dropPanics) Drop()                                        { panic("bad drop") }

func TestDropServeThoughADropPanics(t *testing.T) {
	rt, _ := runtime.New(runtime.Options{})
	defer rt.Shutdown(context.Background())
	l, _ := tcp.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	n := 0
	s := runtime.Spawn(rt, (&Server{Handler: func(*Request) future.Future[Response] { n++; return dropPanics{} }}).Serve(l, nil))
	for range 3 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, ask("/"))
	}
	for n < 3 {
		runtime.BlockOn(context.Background(), rt, runtime.Sleep(time.Millisecond))
	}
	s.Cancel()
	runtime.BlockOn[struct{}](context.Background(), rt, s)
	runtime.BlockOn(context.Background(), rt, runtime.Yield())
	if n := rt.Stats().Tasks; n > 0 {
		t.Errorf("%d connections go on", n)
	}
}

func TestGoneClientsKeepNoPlace(t *testing.T) {
	s := start(t, Server{MaxConns: 2, AnswerTime: 100 * time.Millisecond})
	for range 2 {
		p := s.dial()
		p.send(ask("/wait"))
		<-(<-s.waiting).polled
		p.Close()
	}
	p := s.dial()
	p.SetDeadline(time.Now().Add(30 * time.Second))
	p.send(ask("/echo?third"))
	p.want(200, "GET third ")
}
