package http

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"ch10/future"
	"ch10/runtime"
)

// Each is refused, told why, and leaves the others alone.
func TestBadRequests(t *testing.T) {
	s := start(t, Server{})
	good := s.dial()
	for i, test := range refused {
		p := s.dial()
		p.send(test.text)
		r, body := p.response("GET")
		if r.StatusCode != test.status || !r.Close || !strings.HasSuffix(body, "\n") {
			t.Errorf("%.100q: %v, %q; want the status %d", test.text, r, body, test.status)
		}
		p.end()
		p.Close()
		good.send(ask(fmt.Sprintf("/echo?%d", i)))
		good.want(200, fmt.Sprintf("GET %d ", i))
	}
	if log := s.logged(); log != "" {
		t.Errorf("logged: %s", log)
	}
}

// What was asked before the bad request is answered; what comes behind it isn't.
func TestBadRequestInAPipeline(t *testing.T) {
	s := start(t, Server{})
	p := s.dial()
	p.send(ask("/echo?0") + "HEAD /echo HTTP/1.1\r\nHost: h\r\n\r\n" + "garbage\r\n\r\n" + ask("/echo?1"))
	p.want(200, "GET 0 ")
	p.response("HEAD")
	p.want(400, errLine.why+"\n")
	p.end()
}

// The client sends on and on, and finds out what was wrong all the same.
func TestRefusalIsNotLost(t *testing.T) {
	s := start(t, Server{})
	p := s.dial()
	p.send(field("Content-Length: 2000000", strings.Repeat("x", 200_000)))
	p.want(413, errLongBody.why+"\n")
	p.end()
}

// There is a limit to that.
func TestClientNeverStopsSending(t *testing.T) {
	s := start(t, Server{})
	p := s.dial()
	p.send("garbage\r\n")
	for i := 0; ; i++ {
		if _, err := p.Write(make([]byte, 64<<10)); err != nil {
			break // it was reset
		}
		if i > 10_000 {
			t.Fatal("the server takes everything")
		}
	}
	s.works()
}

// Nor is it kept for later: while an answer is pending, the client can't send for ever.
func TestClientSendsWhileTheAnswerIsPending(t *testing.T) {
	s := start(t, Server{})
	p := s.dial()
	p.send(ask("/wait"))
	h := <-s.waiting
	flood := bytes.Repeat([]byte(ask("/echo")), 600_000) // which may take its time
	p.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
	if n, err := p.Write(flood); err == nil {
		t.Errorf("the server has taken %d bytes", n)
	}
	h.give()
	p.want(200, "at last")
	p.want(200, "GET  ")
}

func TestHalfClosed(t *testing.T) {
	s := start(t, Server{})
	p := s.dial()
	p.send(ask("/echo?0") + ask("/wait") + ask("/echo?1") + "GET /unfinished")
	p.CloseWrite()
	p.want(200, "GET 0 ")
	h := <-s.waiting
	s.works() // so it has noticed the end by now
	h.give()
	p.want(200, "at last")
	p.want(200, "GET 1 ")
	p.end()
}

func TestResetWhileTheAnswerIsPending(t *testing.T) {
	s := start(t, Server{})
	for _, before := range []func(*peer){
		func(*peer) {},
		func(p *peer) { p.send("more") },
	} {
		p := s.dial()
		p.send("POST /wait HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n" + strings.Repeat("x", 1000))
		h := <-s.waiting
		<-h.polled
		before(p)
		p.SetLinger(0)
		p.Close()
		if resetError == "" { // as far as this system says
			h.give()
			continue
		}
		<-h.dropped
		other := s.dial()
		other.send(ask("/echo?" + strings.Repeat("y", 2000)))
		other.want(200, "GET "+strings.Repeat("y", 2000)+" ")
		if string(h.r.Body) != strings.Repeat("x", 1000) { // a goroutine of the handler's may be using it
			t.Errorf("the body of the request has become %q", h.r.Body)
		}
	}
}

func TestSlowRequests(t *testing.T) {
	s := start(t, Server{HeaderTime: 50 * time.Millisecond, BodyTime: 50 * time.Millisecond})
	for _, text := range []string{"G", "GET / HTTP/1.1\r\nHost:", field("Content-Length: 10", "12345")} {
		p := s.dial()
		p.send("HEAD /echo HTTP/1.1\r\nHost: h\r\n\r\n" + text)
		p.response("HEAD")
		p.want(408, errTimedOut.why+"\n")
		p.end()
	}
}

// A byte now and then buys no time.
func TestDrippingRequest(t *testing.T) {
	s := start(t, Server{HeaderTime: 50 * time.Millisecond, BodyTime: 50 * time.Millisecond})
	p := s.dial()
	go func() {
		for {
			if _, err := io.WriteString(p, "x"); err != nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	p.want(408, errTimedOut.why+"\n")
	p.Close()
}

func TestSilentClients(t *testing.T) {
	s, serve := listen(t, Server{IdleTime: 50 * time.Millisecond})
	p, used := s.dial(), s.dial()
	used.send(ask("/echo"))
	serve()
	used.want(200, "GET  ")
	p.end()
	used.end()
}

// A connection is idle since its last response, and not since its first.
func TestIdleTimeBeginsAnew(t *testing.T) {
	if *workers > 1 {
		t.Skip("the handler changes what all workers read")
	}
	set(t, &began, began)
	s := start(t, Server{})
	p := s.dial()
	for range 5 {
		p.send(ask("/later")) // by two thirds of the idle time
		p.want(200, "")
		s.works() // so that poll has ended
	}
}

// A request ends the idle time, and the next begins anew. The timer is set again only to fire earlier.
func TestTimeLimits(t *testing.T) {
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Shutdown(context.Background())
	_, err = runtime.BlockOn(t.Context(), rt, future.Future[struct{}](limits{t}))
	if err != nil {
		t.Error(err)
	}
}

type limits struct{ t *testing.T }

func (l limits) Poll(cx *future.Context) (none struct{}, err error) {
	const idle, header = 75 * time.Second, 10 * time.Second
	var c conn
	defer c.timer.Stop()
	for i, step := range []struct {
		now, within time.Duration // 0: the time goes on
		want        error
		armed       time.Duration
	}{
		{0, idle, future.NotReady, idle},
		{idle - 1, 0, future.NotReady, idle},
		{idle - 1, idle, future.NotReady, idle},
		{2*idle - 2, 0, future.NotReady, idle},
		{2*idle - 1, 0, os.ErrDeadlineExceeded, idle},
		{2 * idle, header, future.NotReady, idle},
		{2*idle + header, 0, os.ErrDeadlineExceeded, idle},
	} {
		if c.now = step.now; step.within > 0 {
			c.end = 0
		}
		if err := c.wait(cx, step.within); err != step.want || c.armed != step.armed {
			l.t.Errorf("step %d: %v, the timer fires at %v; want %v, %v", i, err, c.armed, step.want, step.armed)
		}
	}
	c.timer.Stop() // it has fired, say
	for _, within := range []time.Duration{idle, header} {
		if c.end = 0; c.wait(cx, within) != future.NotReady || c.armed != c.now+within {
			l.t.Errorf("the timer fires at %v", c.armed)
		}
	}
	return none, nil
}

func TestClientDoesNotRead(t *testing.T) {
	s := start(t, Server{MaxConns: 1, WriteTime: 50 * time.Millisecond})
	p := s.dial()
	p.send(ask("/big?30000000"))
	s.works() // which it can't before the first is gone
	n, err := io.Copy(io.Discard, p)
	if n >= 30_000_000 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestClientDoesNotClose(t *testing.T) {
	s := start(t, Server{MaxConns: 1, LingerTime: 50 * time.Millisecond})
	p := s.dial()
	p.send("GET /echo HTTP/1.0\r\n\r\n")
	p.want(200, "GET  ")
	p.end()
	s.works()
}

func TestMaxConns(t *testing.T) {
	s := start(t, Server{MaxConns: 3})
	var first [3]*peer
	for i := range first {
		first[i] = s.dial()
		first[i].send(ask("/echo"))
		first[i].want(200, "GET  ")
	}
	var more [3]*peer
	for i := range more {
		more[i] = s.dial() // the system takes it
		more[i].send(ask("/wait"))
	}
	for i, p := range first {
		p.send(ask("/echo")) // once more, so that the others have had their chance
		p.want(200, "GET  ")
		if n := len(s.waiting); n != 0 {
			t.Errorf("%d connections too many", n)
		}
		p.Close()
		(<-s.waiting).give()
		more[i].want(200, "at last")
	}
}

// All of them at once, while good clients go on.
func TestGoodAmongBadClients(t *testing.T) {
	s := start(t, Server{HeaderTime: 100 * time.Millisecond, WriteTime: 100 * time.Millisecond})
	random := rand.New(rand.NewPCG(1, 2))
	garbage := make([]byte, 30_000)
	for i := range garbage {
		garbage[i] = byte(random.Uint32())
	}
	var wg sync.WaitGroup
	for range 10 {
		for _, bad := range []func(p *peer){
			func(p *peer) {}, // silent
			func(p *peer) { io.WriteString(p, "GET / HT"); io.Copy(io.Discard, p) },
			func(p *peer) { p.Write(garbage) },
			func(p *peer) { io.WriteString(p, "GET / HTTP/1.1\r\nX: "+longHeader+longHeader) },
			func(p *peer) { io.WriteString(p, ask("/big?5000000")); p.CloseWrite(); p.r.ReadByte() },
			func(p *peer) { io.WriteString(p, strings.Repeat(ask("/big?50000"), 100)); p.SetLinger(0) },
			func(p *peer) { io.WriteString(p, ask("/panic")); p.CloseWrite() },
		} {
			p := s.dial()
			wg.Go(func() { defer p.Close(); bad(p) })
		}
	}
	for range 4 {
		p := s.dial()
		wg.Go(func() {
			for i := range 200 {
				p.send(ask(fmt.Sprintf("/echo?%d", i)))
				r, err := http.ReadResponse(p.r, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if b, err := io.ReadAll(r.Body); string(b) != fmt.Sprintf("GET %d ", i) || err != nil {
					t.Errorf("%q, %v", b, err)
				}
			}
		})
	}
	wg.Wait()
	s.stop.give()
	s.wait()
	if n := s.rt.Stats().Tasks; n != 0 || s.err != nil {
		t.Errorf("%d tasks are left, %v", n, s.err)
	}
}

func TestPanicsAndErrors(t *testing.T) {
	s := start(t, Server{})
	good := s.dial()
	for _, test := range []struct {
		target, log string
		end         bool
	}{
		{"/panic", "http: GET /panic: panic: broken handler\n", true},
		{"/panic-later", "http: GET /panic-later: panic: broken future\n", true},
		{"/nil", "http: GET /nil: panic: the handler returned no future\n", true},
		{"/fail", "http: GET /fail: no such luck\n", false},
		{"/status?99", "http: GET /status?99: a response with the status 99\n", false},
		{"/status?1000", "http: GET /status?1000: a response with the status 1000\n", false},
		{"/type", `http: GET /type: a response of the type "a\r\nb: c"` + "\n", false},
	} {
		p := s.dial()
		p.send(ask(test.target))
		p.want(500, errInternal.why+"\n")
		if test.end {
			p.end()
		} else {
			p.send(ask("/echo"))
			p.want(200, "GET  ")
		}
		if log := s.logged(); !strings.Contains(log, test.log) {
			t.Errorf("%s: the log has no line %q:\n%s", test.target, test.log, log)
		}
		good.send(ask("/echo"))
		good.want(200, "GET  ")
	}
	if n := s.dropped.Load(); n != 1 {
		t.Errorf("the future that panicked was dropped %d times", n)
	}
}
