package http

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ch06/future"
	"ch06/kit/leaktest"
)

// endless sends text again and again, until the client has had enough.
func endless(begin, text string) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		_, err := io.WriteString(c, begin)
		for err == nil {
			_, err = io.WriteString(c, text)
		}
	}
}

func reset(after string) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		io.WriteString(c, after)
		c.SetLinger(0)
	}
}

const head = "HTTP/1.1 200 OK\r\n"

var broken = map[string]struct {
	serve func(*net.TCPConn)
	want  string // in the error
}{
	"closes at once":         {send(""), "the server closed the connection without a response"},
	"closes in the header":   {send(head + "Content-Le"), "response: malformed MIME header"},
	"closes after a line":    {send(head), "response: unexpected EOF"},
	"closes before the body": {send(head + "Content-Length: 2\r\n\r\n"), "body: unexpected EOF"},
	"closes in the body":     {send(head + "Content-Length: 2\r\n\r\no"), "body: unexpected EOF"},
	"length too short":       {send(head + "Content-Length: 1\r\n\r\nok"), "body: there is more than the header says"},
	"length no number":       {send(head + "Content-Length: two\r\n\r\nok"), "response: bad Content-Length"},
	"two lengths":            {send(head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nok"), "response: http: message cannot contain multiple Content-Length"},
	"chunk cut":              {send(head + "Transfer-Encoding: chunked\r\n\r\n2\r\no"), "body: unexpected EOF"},
	"no last chunk":          {send(head + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"), "body: unexpected EOF"},
	"chunk length no number": {send(head + "Transfer-Encoding: chunked\r\n\r\nx\r\nok\r\n"), "body: invalid byte in chunk length"},
	"more after the chunks":  {send(head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nx"), "body: there is more than the header says"},
	"chunk longer than said": {send(head + "Transfer-Encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n"), "body: malformed chunked encoding"},
	"endless chunk size":     {endless(head+"Transfer-Encoding: chunked\r\n\r\n", strings.Repeat("0", 1000)), "the body is longer than 1000000 bytes"},
	"endless trailer":        {endless(head+"Transfer-Encoding: chunked\r\n\r\n0\r\n", strings.Repeat("X: y\r\n", 100)), "the body is longer than 1000000 bytes"},
	"only announced":         {send("HTTP/1.1 100 Continue\r\n\r\n"), "response: unexpected EOF"},
	"endlessly announced":    {endless("", "HTTP/1.1 100 Continue\r\n\r\n"), "the header is longer than 65536 bytes"},
	"101":                    {send("HTTP/1.1 101 Switching Protocols\r\n\r\n"), "status \"101 Switching Protocols\""},
	"garbage":                {send("what?\r\n\r\n"), "response: malformed HTTP response \"what?\""},
	"LF alone":               {send("HTTP/1.1 200 OK\nContent-Length: 2\n\nok"), "CR LF"},
	"zeros":                  {send(strings.Repeat("\x00", 1000)), "response: malformed HTTP response \"\\x00"},
	"long garbage":           {send(strings.Repeat("x", 10_000) + "\r\n\r\n"), "response: malformed HTTP response \"xxx"},
	"long status":            {send("HTTP/1.1 500 " + strings.Repeat("x", 10_000) + "\r\n\r\n"), "500 xxx"},
	"not found":              {send("HTTP/1.1 404 Not Found\r\n\r\nnothing here\n"), "status \"404 Not Found\": \"nothing here\""},
	"status and long body":   {send("HTTP/1.1 500 Oh\r\n\r\n" + strings.Repeat("x", 1000)), "status \"500 Oh\": \"" + strings.Repeat("x", 100) + "\""},
	"long header":            {send(head + "X: " + strings.Repeat("x", maxHeader) + "\r\n\r\nok"), "the header is longer than 65536 bytes"},
	"endless header":         {endless(head, strings.Repeat("X: y\r\n", 100)), "the header is longer than 65536 bytes"},
	"endless line":           {endless("", strings.Repeat("x", 1000)), "the header is longer than 65536 bytes"},
	"endless body":           {endless(head+"\r\n", strings.Repeat("x", 10_000)), "the body is longer than 1000000 bytes"},
	"length over the limit":  {send(head + "Content-Length: 1000001\r\n\r\n"), "the body is longer than 1000000 bytes"},
	"endless chunks":         {endless(head+"Transfer-Encoding: chunked\r\n\r\n", strings.Repeat("1\r\nx\r\n", 1000)), "the body is longer than 1000000 bytes"},
	"reset":                  {reset(""), resetError},
	"reset in the header":    {reset(head + "Content-Le"), resetError},
	"reset in the body":      {reset(head + "Content-Length: 2\r\n\r\no"), resetError},
}

// besides asks a bad server between two requests to a good one. The error has to
// name the request, and nobody else's.
func besides(t *testing.T, addr netip.AddrPort, want string) {
	t.Helper()
	good := delayServer(t)
	good.Hold(2)
	bad := Get(addr, "/bad")
	texts, err := drive(future.JoinAll(Get(good.Addr(), "/2/second"), bad, Get(good.Addr(), "/1/first")))
	if err == nil {
		t.Fatalf("no error: %q", texts)
	}
	line := err.Error()
	if begin := fmt.Sprintf("future 1: GET %v/bad: ", addr); !strings.HasPrefix(line, begin) ||
		strings.Count(line, "GET ") != 1 || !strings.Contains(line, want) || len(line) > 300 {
		t.Errorf("%q; want %q and %q", line, begin, want)
	}
	if !strings.HasSuffix(texts[0], "\r\n\r\nsecond") || texts[1] != "" || !strings.HasSuffix(texts[2], "\r\n\r\nfirst") {
		t.Errorf("%q", texts)
	}
	panics(t, bad)
	future.Drop(bad)
	panics(t, bad)
}

func TestBroken(t *testing.T) {
	defer func(n int) { maxBody = n }(maxBody)
	maxBody = 1_000_000
	for name, c := range broken {
		t.Run(name, func(t *testing.T) { besides(t, rawServer(t, c.serve), c.want) })
	}
}

// TestResetBeforeTheRequest: the system may tell it at the connect, the write or
// the read.
func TestResetBeforeTheRequest(t *testing.T) {
	besides(t, server(t, reset("")), "")
}

func TestRefused(t *testing.T) {
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() // until then nobody can listen at its port
	besides(t, c.LocalAddr().(*net.TCPAddr).AddrPort(), "refused")
}

func TestNoAddress(t *testing.T) {
	leaktest.Check(t)
	_, err := Get(netip.AddrPort{}, "/x").Poll()
	if err == nil || !strings.HasPrefix(err.Error(), "GET invalid AddrPort/x: connect: ") {
		t.Error(err)
	}
}

func TestLongestBody(t *testing.T) {
	defer func(n int) { maxBody = n }(maxBody)
	for _, more := range []int{0, 1} {
		maxBody = 5000
		text := head + "\r\n" + strings.Repeat("x", maxBody+more)
		txt, err := drive(Get(rawServer(t, send(text)), "/x"))
		if more == 0 && txt != text || (err != nil) != (more > 0) {
			t.Errorf("%d bytes over the limit: %d bytes, %v", more, len(txt), err)
		}
	}
}

// last sets patience to almost nothing when it is done.
type last struct{ future.Future[string] }

func (l last) Poll() (string, error) {
	txt, err := l.Future.Poll()
	if err != future.NotReady {
		patience = time.Nanosecond
	}
	return txt, err
}

// TestSilence: servers that say nothing, or no more, can't keep the others from
// being answered, nor hold up the end for ever.
func TestSilence(t *testing.T) {
	defer func(d time.Duration) { patience = d }(patience)
	for name, begin := range map[string]string{"at once": "", "in the header": head, "in the body": head + "\r\nhalf"} {
		t.Run(name, func(t *testing.T) {
			patience = time.Hour
			good := delayServer(t)
			good.Hold(2)
			gone := make(chan error, 1)
			addr := rawServer(t, func(c *net.TCPConn) {
				io.WriteString(c, begin)
				gone <- closed(c)
			})
			texts, err := drive(future.JoinAll(Get(addr, "/silent"), last{Get(good.Addr(), "/2/last")}, Get(good.Addr(), "/1/first")))
			want := fmt.Sprintf("future 0: GET %v/silent: nothing from the server in 1ns", addr)
			if err == nil || err.Error() != want {
				t.Errorf("%v; want %s", err, want)
			}
			if texts[0] != "" || !strings.HasSuffix(texts[1], "\r\n\r\nlast") || !strings.HasSuffix(texts[2], "\r\n\r\nfirst") {
				t.Errorf("%q", texts)
			}
			if err := <-gone; err != nil {
				t.Errorf("at the server: %v", err)
			}
		})
	}
}
