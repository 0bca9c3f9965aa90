package http

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/tcp"
)

// all sends text and returns everything that comes, to the end.
func (s *testServer) all(text string) string {
	s.t.Helper()
	p := s.dial()
	p.send(text)
	b, err := io.ReadAll(p.r)
	if err != nil {
		s.t.Errorf("%.100q: %v", text, err)
	}
	p.Close()
	return string(b)
}

// Whatever the answer to a HEAD is, it has no body.
func TestHEADWithoutBodies(t *testing.T) {
	s := start(t, Server{HeaderTime: 50 * time.Millisecond})
	const end = " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
	for text, status := range map[string]string{
		"HEAD /echo" + end:                "200 OK",
		"HEAD /big?100000" + end:          "200 OK",
		"HEAD /fill?100000" + end:         "200 OK",
		"HEAD /nowhere" + end:             "404 ",
		"HEAD /fail" + end:                "500 ",
		"HEAD /panic" + end:               "500 ",
		"HEAD /panic-later" + end:         "500 ",
		"HEAD / HTTP/1.1\r\n x\r\n\r\n":   "400 ",
		"HEAD / HTTP/1.1\n":               "400 ",
		"HEAD nothing HTTP/1.1\r\n\r\n":   "400 ",
		"HEAD / HTTP/1.1\r\n\r\n":         "400 ",
		"HEAD / HTTP/1.1\r\nHost: slow\r": "408 ",
		"HEAD / HTTP/3.0\r\n":             "505 ",
		"HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n": "413 ",
	} {
		if r := s.all(text); !strings.HasPrefix(r, "HTTP/1.1 "+status) || !strings.HasSuffix(r, "\r\n\r\n") || strings.Count(r, "\r\n\r\n") > 1 {
			t.Errorf("%q: %q; want the status %s and no body", text, r, status)
		}
	}
}

func TestEmptyLines(t *testing.T) {
	s, serve := listen(t, Server{IdleTime: 50 * time.Millisecond, HeaderTime: time.Hour})
	p := s.dial()
	p.send("\r\n" + field("Content-Length: 3", "abc") + "\r\n\r\n" + ask("/echo?2") + "\r\n")
	serve()
	p.response("POST")
	p.want(200, "GET 2 ")
	p.end() // an empty line begins no request, so the connection is idle
}

func TestExpect(t *testing.T) {
	s := start(t, Server{})
	for _, body := range []string{"Content-Length: 5\r\n\r\n|hello", "Transfer-Encoding: chunked\r\n\r\n|2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"} {
		p := s.dial()
		header, body, _ := strings.Cut(body, "|")
		p.send(ask("/echo?before") + "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n" + header)
		p.want(200, "GET before ")
		line, err := p.r.ReadString('\n')
		if empty, _ := p.r.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" || empty != "\r\n" {
			t.Fatalf("%q, %q, %v", line, empty, err)
		}
		p.send(body + ask("/echo?after"))
		p.want(200, "POST  hello")
		p.want(200, "GET after ")
	}
	p := s.dial() // who doesn't wait isn't told
	p.send("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello")
	p.want(200, "POST  hello")
}

func TestChunkedRequests(t *testing.T) {
	s := start(t, Server{MaxBody: 100})
	const text = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nX: y\r\n\r\n"
	p := s.dial()
	p.send(text + ask("/echo?next") + text)
	p.want(200, "POST  hello world")
	p.want(200, "GET next ")
	p.want(200, "POST  hello world")
	for i := range len(text) { // in two pieces
		p.send(text[:i])
		s.works()
		p.send(text[i:])
		p.want(200, "POST  hello world")
	}
	p.send(chunks("60\r\n" + strings.Repeat("x", 0x60) + "\r\n5\r\nxxxxx"))
	p.want(413, errLongBody.why+"\n")
}

func TestResetContent(t *testing.T) {
	s := start(t, Server{})
	p := s.dial()
	p.send(ask("/status?205") + ask("/echo"))
	if r := p.want(205, ""); r.ContentLength != 0 {
		t.Errorf("%v", r)
	}
	p.want(200, "GET  ")
}

func TestFields(t *testing.T) {
	s := start(t, Server{})
	p := s.dial()
	p.send("GET /fields HTTP/1.1\r\nHost: h\r\nX-Field: \t a b \r\n\r\n")
	r, body := p.response("GET")
	if r.Header.Get("X-Was") != "a b" || r.Header.Get("X-Was-Not") != "" || len(r.Header["X-Was-Not"]) != 1 {
		t.Errorf("%v", r.Header)
	}
	if !strings.Contains(body, "X-Field") || !strings.HasSuffix(body, p.LocalAddr().String()) {
		t.Errorf("%q; the client is %v", body, p.LocalAddr())
	}
	for _, bad := range []string{"X=%00", "X=%7f", "X=a%0d%0ab:%20c", "=x", "a(b=x", "Date=x", "content-length=5", "Connection=x", "Transfer-Encoding=chunked"} {
		p.send(ask("/bad-field?" + bad))
		p.want(500, errInternal.why+"\n")
	}
	for _, target := range []string{"/type-nul", "/short"} {
		p.send(ask(target))
		p.want(500, errInternal.why+"\n")
	}
}

func TestAbsoluteForm(t *testing.T) {
	s := start(t, Server{})
	p := s.dial()
	p.send(ask("http://elsewhere:80/echo?x") + ask("HTTP://h/echo"))
	p.want(200, "GET x ")
	p.want(200, "GET  ")
}

func TestLaterMinorVersions(t *testing.T) {
	s := start(t, Server{})
	p := s.dial()
	p.send("GET /echo?1 HTTP/1.2\r\nHost: h\r\n\r\nGET /echo?2 HTTP/1.9\r\nHost: h\r\n\r\n")
	p.want(200, "GET 1 ")
	p.want(200, "GET 2 ")
}

// A bare LF is refused when it comes, though the header isn't whole.
func TestBareLF(t *testing.T) {
	s := start(t, Server{})
	for _, text := range []string{"GET /\n", "GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nHost: h\n", "GET / HTTP/1.1\r\nX: y\r\n\n", "\n", "\r\n\n"} {
		if r := s.all(text); !strings.HasPrefix(r, "HTTP/1.1 400 ") {
			t.Errorf("%q: %q", text, r)
		}
	}
}

func TestBadServers(t *testing.T) {
	for name, s := range map[string]Server{
		"no handler":         {},
		"negative MaxConns":  {Handler: nowhere, MaxConns: -1},
		"negative MaxBody":   {Handler: nowhere, MaxBody: -1},
		"negative IdleTime":  {Handler: nowhere, IdleTime: -1},
		"MaxBody of a GiB":   {Handler: nowhere, MaxBody: 1 << 30},
		"negative Grace":     {Handler: nowhere, Grace: -time.Second},
		"negative MaxHeader": {Handler: nowhere, MaxHeader: -1},
	} {
		func() {
			defer func() {
				if r := recover(); r == nil || !strings.HasPrefix(fmt.Sprint(r), "http: ") {
					t.Errorf("%s: %v; want a panic", name, r)
				}
			}()
			s.Serve(nil, nil)
		}()
	}
}

// A client that sends no more gets its answer, though it takes longer than a connection may be idle.
func TestHalfClosedForLong(t *testing.T) {
	s, serve := listen(t, Server{IdleTime: 20 * time.Millisecond, WriteTime: 20 * time.Millisecond, HeaderTime: 20 * time.Millisecond})
	p := s.dial()
	p.send(ask("/wait"))
	p.CloseWrite()
	serve()
	h := <-s.waiting
	<-h.polled
	for range 2 {
		s.dial().end() // so that much time is over
	}
	h.give()
	p.want(200, "at last")
	p.end()
}

// A byteByByte is the task of a conn whose client sends a body that makes progress, on a clock of its own.
type byteByByte struct {
	t      *testing.T
	peer   net.Conn
	l      *tcp.Listener
	c      *conn
	f      *step
	unsent string
	got    int
}

func (b *byteByByte) Poll(cx *future.Context) (none struct{}, err error) {
	const bodyTime = time.Second
	if b.c == nil {
		c, err := b.l.PollAccept(cx)
		if err != nil {
			return none, err
		}
		s := &serving{Server: Server{MaxHeader: 1000, MaxBody: 1000, MaxBuffered: 1000, IdleTime: bodyTime, HeaderTime: bodyTime, BodyTime: bodyTime}}
		b.c = &conn{s: s, c: c}
		b.f = b.c.step((*conn).readRequest)
	}
	if b.c.in != nil && len(b.c.in.b) > b.got { // the last piece is there
		b.got = len(b.c.in.b)
		b.c.now += bodyTime - 1
		n := 1
		if b.got == 1 { // the header, but for its first byte
			n = strings.Index(b.unsent, "\r\n\r\n") + 4
		}
		io.WriteString(b.peer, b.unsent[:n])
		b.unsent = b.unsent[n:]
	}
	_, err = b.f.Poll(cx)
	if err == future.NotReady {
		cx.Waker().Wake()
		return none, err
	}
	if err != nil || b.c.last || string(b.c.request.Body) != "hello" {
		b.t.Errorf("%v, refused: %v, body %q", err, b.c.last, b.c.request.Body)
	}
	b.c.timer.Stop()
	b.c.c.Close()
	return none, nil
}

func TestBodyThatMakesProgress(t *testing.T) {
	leaktest.Check(t)
	l, err := tcp.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	text := field("Content-Length: 5", "hello")
	io.WriteString(peer, text[:1])
	drive[struct{}](&byteByByte{t: t, peer: peer, l: l, unsent: text[1:]})
}
