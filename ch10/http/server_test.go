package http

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
)

func TestServeANetHTTPClient(t *testing.T) {
	s := start(t, Server{})
	transport := new(http.Transport)
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	connections := 0
	do := func(method, target, body string) (*http.Response, string) {
		req, err := http.NewRequest(method, "http://"+s.addr.String()+target, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
			if !i.Reused {
				connections++
			}
		}}
		resp, err := client.Do(req.WithContext(httptrace.WithClientTrace(t.Context(), trace)))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Error(err)
		}
		return resp, string(b)
	}
	r, body := do("GET", "/echo?q=%20", "")
	if r.StatusCode != 200 || body != "GET q=%20 " || r.Header.Get("Content-Type") != "x/y" {
		t.Errorf("%v, %q", r, body)
	}
	if r, body := do("POST", "/blocking", "text"); body != "text" || r.Header.Get("Content-Type") != plainText {
		t.Errorf("%v, %q", r, body)
	}
	if r, body := do("HEAD", "/echo", ""); body != "" || r.ContentLength != int64(len("HEAD  ")) {
		t.Errorf("%v, %q", r, body)
	}
	if r, body := do("GET", "/nowhere", ""); body != "" || r.StatusCode != 404 {
		t.Errorf("%v, %q", r, body)
	}
	if r, body := do("POST", "/echo", strings.Repeat("x", maxRequestBody)); len(body) != len("POST  ")+maxRequestBody {
		t.Errorf("%v, %d bytes", r, len(body))
	}
	if connections != 1 {
		t.Errorf("%d connections", connections)
	}
}

func TestPipelining(t *testing.T) {
	s := start(t, Server{})
	p := s.dial()
	all := ""
	for i := range 100 {
		all += ask(fmt.Sprintf("/echo?%d", i))
	}
	p.send(all)
	for i := range 100 {
		p.want(200, fmt.Sprintf("GET %d ", i))
	}
}

// The client sends far more than the server keeps for it, and reads only when it has.
func TestPipeliningWithoutReading(t *testing.T) {
	const n, size = 3000, 5000
	s := start(t, Server{})
	p := s.dial()
	sent := make(chan error, 1)
	go func() {
		_, err := p.Write(bytes.Repeat([]byte(ask(fmt.Sprintf("/big?%d", size))), n))
		sent <- err
	}()
	s.works() // while this client waits
	for range n {
		p.want(200, strings.Repeat("x", size))
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

// The second answer is there at once, the first isn't.
func TestPipeliningKeepsTheOrder(t *testing.T) {
	s := start(t, Server{})
	p := s.dial()
	p.send(ask("/echo?0") + ask("/wait") + ask("/echo?1"))
	p.want(200, "GET 0 ")
	(<-s.waiting).give()
	p.want(200, "at last")
	p.want(200, "GET 1 ")
}

func TestVersionsAndConnections(t *testing.T) {
	s := start(t, Server{})
	for _, test := range []struct {
		head, connection string
		end              bool
	}{
		{"GET /echo HTTP/1.1\r\nHost: h\r\n\r\n", "", false},
		{"GET /echo HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n", "close", true},
		{"GET /echo HTTP/1.0\r\n\r\n", "close", true},
		{"GET /echo HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "keep-alive", false},
	} {
		p := s.dial()
		p.send(test.head + test.head)
		r := p.want(200, "GET  ")
		if c := r.Header.Get("Connection"); c != test.connection && !(test.end && r.Close) {
			t.Errorf("%q: Connection: %q", test.head, c)
		}
		if test.end {
			p.end()
		} else {
			p.want(200, "GET  ")
		}
	}
}

func TestResponsesWithoutBody(t *testing.T) {
	s := start(t, Server{})
	p := s.dial()
	p.send("HEAD /big?100000 HTTP/1.1\r\nHost: h\r\n\r\n" + ask("/status?204") + ask("/status?304"))
	if r, body := p.response("HEAD"); r.ContentLength != 100000 || body != "" {
		t.Errorf("%v, %q", r, body)
	}
	for _, status := range []int{204, 304} {
		if r := p.want(status, ""); r.Header.Get("Content-Length") != "" {
			t.Errorf("%v has a length", r)
		}
	}
	p.send(ask("/status?418"))
	p.want(418, "body")
}

func TestLongBodies(t *testing.T) {
	s := start(t, Server{})
	p := s.dial()
	p.send(ask("/big?10000000") + ask("/big?16384") + ask("/big?16385") + ask("/echo?after"))
	for _, size := range []int{10_000_000, 16384, 16385} {
		if r, body := p.response("GET"); len(body) != size {
			t.Errorf("%v: %d bytes of %d", r, len(body), size)
		}
	}
	p.want(200, "GET after ")
}

func TestRequestsInPieces(t *testing.T) {
	s := start(t, Server{})
	p := s.dial()
	p.SetNoDelay(true)
	for i := range 3 {
		text := fmt.Sprintf("POST /echo?%d HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody", i)
		for i := range len(text) {
			p.send(text[i : i+1])
		}
		p.want(200, fmt.Sprintf("POST %d body", i))
	}
}

// The body of a request stays what it is while more requests arrive.
func TestBodyWhileTheAnswerIsPending(t *testing.T) {
	s := start(t, Server{})
	p := s.dial()
	post := func(n int) string {
		return fmt.Sprintf("POST /echo?%d HTTP/1.1\r\nHost: h\r\nContent-Length: 3000\r\n\r\n%s", n, strings.Repeat(string(rune('a'+n)), 3000))
	}
	p.send(strings.Replace(post(0), "/echo", "/wait", 1))
	h := <-s.waiting
	for i := range 10 {
		p.send(post(i + 1))
	}
	s.works() // so some of it has arrived
	h.give()
	p.want(200, "at last"+strings.Repeat("a", 3000))
	for i := range 10 {
		p.want(200, fmt.Sprintf("POST %d %s", i+1, strings.Repeat(string(rune('a'+i+1)), 3000)))
	}
}
