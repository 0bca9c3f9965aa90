package http

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

const (
	maxRequestHeader = 16 << 10
	maxRequestBody   = 1 << 20
)

// parseRequest returns the first request in b and its length, or 0 if it isn't whole, or a refusal.
func parseRequest(b []byte) (r Request, n int, err error) {
	c := &conn{s: &serving{Server: Server{MaxHeader: maxRequestHeader, MaxBody: maxRequestBody}}, in: &buffer{bytes.Clone(b)}}
	whole, err := c.takeRequest()
	if whole {
		n = len(b) - (len(c.in.b) - c.handled) // chunks have become shorter
	}
	return c.request, n, err
}

// statusOf a refusal.
func statusOf(err error) int {
	if r, ok := err.(refusal); ok {
		return r.status
	}
	return 0
}

// field returns a request with one more field, and a body behind it.
func field(f, body string) string {
	return "POST /x HTTP/1.1\r\nHost: h\r\n" + f + "\r\n\r\n" + body
}

func chunks(body string) string { return field("Transfer-Encoding: Chunked", body) }

var (
	longTarget = "/" + strings.Repeat("x", maxRequestHeader)
	longHeader = strings.Repeat("x", maxRequestHeader)
)

// whole are requests that are taken.
var whole = []struct {
	text, method, target, body string
	close                      bool
}{
	{"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET", "/", "", false},
	{"GET /5/hello%20you?size=3&x HTTP/1.1\r\nHost: [::1]:80\r\nUser-Agent:  curl \t \r\n\r\n", "GET", "/5/hello%20you?size=3&x", "", false},
	{"OPTIONS * HTTP/1.1\r\nhost:\r\n\r\n", "OPTIONS", "*", "", false},
	{"BREW /pot HTTP/1.1\r\nHOST:a\r\nX:\r\nY:\xff\t~\r\n\r\n", "BREW", "/pot", "", false},
	{"GET / HTTP/1.0\r\n\r\n", "GET", "/", "", true},
	{"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET", "/", "", false},
	{"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", "GET", "/", "", true},
	{field("Content-Length: 5", "hello"), "POST", "/x", "hello", false},
	{field("content-length:0005 ", "hello"), "POST", "/x", "hello", false},
	{field("Content-Length: 0", ""), "POST", "/x", "", false},
	{field("Connection: upgrade ,\tCLOSE", ""), "POST", "/x", "", true},
	{field("Connection: x\r\nConnection: close", ""), "POST", "/x", "", true},
	{field("Connection: closed, close-x", ""), "POST", "/x", "", false},
	{"\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET", "/", "", false},
	{"GET HTTP://h:80/x?y HTTP/1.1\r\nHost: other\r\n\r\n", "GET", "/x?y", "", false},
	{"GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", "GET", "/", "", false},
	{"GET http://h?x HTTP/1.1\r\nHost: h\r\n\r\n", "GET", "/?x", "", false},
	{"GET / HTTP/1.2\r\nHost: h\r\n\r\n", "GET", "/", "", false},
	{"GET / HTTP/1.9\r\nHost: h\r\n\r\n", "GET", "/", "", false},
	{"GET / HTTP/1.0\r\nExpect: x\r\n\r\n", "GET", "/", "", true},
	{field("Expect: 100-Continue\r\nContent-Length: 5", "hello"), "POST", "/x", "hello", false},
	{chunks("5\r\nhello\r\n0\r\n\r\n"), "POST", "/x", "hello", false},
	{chunks("2;a=\"b\"\r\nhe\r\n0003 \r\nllo\r\n0;x\r\nX: y\r\n\r\n"), "POST", "/x", "hello", false},
	{chunks("0\r\n\r\n"), "POST", "/x", "", false},
	{"GET /" + strings.Repeat("x", 8000) + " HTTP/1.1\r\nHost: h\r\n\r\n", "GET", "/" + strings.Repeat("x", 8000), "", false},
}

// refused are requests that aren't, and the status that says so.
var refused = []struct {
	text   string
	status int
}{
	{" GET / HTTP/1.1\r\n", 400},
	{"\x16\x03\x01", 400}, // TLS
	{"GET / HTTP/1.1\n", 400},
	{"GET  / HTTP/1.1\r\n", 400},
	{"GET / HTTP/1.1 \r\n", 400},
	{"GET /\r\n", 400},
	{"GET\r\n", 400},
	{"GET / http/1.1\r\n", 400},
	{"GET / HTTP/11\r\n", 400},
	{"GET / HTTP/1.1x\r\n", 400},
	{"G{T / HTTP/1.1\r\n", 400},
	{"GET\t/ HTTP/1.1\r\n", 400},
	{"GET x HTTP/1.1\r\n", 400},
	{"GET http:// HTTP/1.1\r\n", 400},
	{"GET http:///x HTTP/1.1\r\n", 400},
	{"GET http://u@h/ HTTP/1.1\r\n", 400},
	{"GET ftp://h/ HTTP/1.1\r\n", 400},
	{"GET /a b HTTP/1.1\r\n", 400},
	{"GET /a\x7f HTTP/1.1\r\n", 400},
	{"GET /\xc3\xa4 HTTP/1.1\r\n", 400},
	{"GET /a#b HTTP/1.1\r\n", 400},
	{"GET /%2 HTTP/1.1\r\n", 400},
	{"GET /?%zz HTTP/1.1\r\n", 400},
	{"GET / HTTP/0.9\r\n", 505},
	{"GET / HTTP/1.1\r\nHost: h\n", 400}, // at once, as the next
	{"GET / HTTP/1.1\r\nHost: h\r\n\n", 400},
	{"\r\n\n", 400},
	{"PRI * HTTP/2.0\r\n", 505},
	{"GET " + longTarget, 414},
	{"GET " + longTarget + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
	{strings.Repeat("G", maxRequestHeader), 414},
	{strings.Repeat("G", maxRequestHeader+1) + "\r\n", 414},
	{"GET / HTTP/1.1\r\nX: " + longHeader, 431},
	{"GET / HTTP/1.1\r\nHost: h\r\nX: " + longHeader + "\r\n\r\n", 431},
	{"GET / HTTP/1.1\r\n\r\n", 400},
	{field("Host: h", ""), 400},
	{"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
	{field("X : y", ""), 400},
	{field(": y", ""), 400},
	{field("X", ""), 400},
	{field("X: y\r\n z", ""), 400},
	{"GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
	{field("X: y\nZ: z", ""), 400},
	{field("X: y\rZ: z", ""), 400},
	{field("X: \x00", ""), 400},
	{field("Content-Length: ", ""), 400},
	{field("Content-Length: +5", "hello"), 400},
	{field("Content-Length: 5, 5", "hello"), 400},
	{field("Content-Length: 0x5", "hello"), 400},
	{field("Content-Length: 5\r\nContent-Length: 5", "hello"), 400},
	{field("Content-Length: 1048577", ""), 413},
	{field("Content-Length: 99999999999999999999999999999999", ""), 413},
	{field("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"), 501},
	{field("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 501},
	{"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
	{chunks("x\r\n"), 400},
	{chunks("\r\n"), 400},
	{chunks("-1\r\n"), 400},
	{chunks("0x1\r\n"), 400},
	{chunks("1\n"), 400},
	{chunks("1;a\nb\r\n"), 400},
	{chunks("1;a\rb\r\n"), 400},
	{chunks("2\r\nabc"), 400},
	{chunks("2\r\nab\n"), 400},
	{chunks("0\r\nX\r\n"), 400},
	{chunks("0\r\nX: \x00\r\n"), 400},
	{chunks("1;\x7f\r\n"), 400},
	{chunks("0\r\nX: y\n"), 400},
	{chunks("1;" + strings.Repeat("x", maxHeader)), 400},
	{chunks("0\r\n" + strings.Repeat("X: y\r\n", maxHeader/3)), 400},
	{chunks("ffffffff\r\n"), 400},
	{chunks("fffff\r\n" + strings.Repeat("x", maxRequestBody-1) + "\r\n2\r\nxx"), 413},
	{field("Transfer-Encoding: identity", ""), 501},
	{field("Transfer-Encoding: chunked\r\nContent-Length: 5", ""), 400},
	{field("Content-Length: 5\r\nTransfer-Encoding: chunked", ""), 400},
	{field("Expect: 200-ok\r\nContent-Length: 5", ""), 417},
	{field("Expect: 100-continue\r\nExpect: x\r\nContent-Length: 5", ""), 417},
}

func TestRequestsThatAreTaken(t *testing.T) {
	for _, test := range whole {
		r, n, err := parseRequest([]byte(test.text + "GET /next HTTP/1.1\r\n"))
		if err != nil || n != len(test.text) {
			t.Errorf("%.100q: %d bytes of %d, %v", test.text, n, len(test.text), err)
		} else if r.Method != test.method || r.Target != test.target || string(r.Body) != test.body || r.close != test.close {
			t.Errorf("%.100q: %+v", test.text, r)
		}
	}
	r, n, err := parseRequest([]byte(field("Content-Length: 1048576", strings.Repeat("x", maxRequestBody))))
	if err != nil || n == 0 || len(r.Body) != maxRequestBody {
		t.Errorf("the longest body: %d of %d bytes, %v", len(r.Body), n, err)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	for _, test := range refused {
		_, n, err := parseRequest([]byte(test.text))
		if n != 0 || statusOf(err) != test.status {
			t.Errorf("%.100q: %d bytes, %v; want the status %d", test.text, n, err, test.status)
		}
	}
}

// inPieces gives b to the parser as it would arrive: first the cut bytes, then step more at a time.
func inPieces(b []byte, cut, step int) (r Request, n int, err error) {
	for end := min(cut, len(b)); ; end = min(end+step, len(b)) {
		if r, n, err = parseRequest(b[:end:end]); n > 0 || err != nil || end == len(b) {
			return r, n, err
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	for _, test := range whole {
		f.Add([]byte(test.text), 1, 1)
		f.Add([]byte(test.text+test.text), 7, 30)
	}
	for _, test := range refused {
		f.Add([]byte(test.text), 3, 1000)
	}
	f.Add([]byte("GET * HTTP/1.2\r\nHost:\r\na: HTTP/1.0\r\n\r\n"), 0, 0)
	f.Fuzz(func(t *testing.T, b []byte, cut, step int) {
		cut, step = max(cut, 0), max(step, 1+len(b)/100)
		r, n, err := parseRequest(b)
		if n < 0 || n > len(b) || err != nil && n != 0 {
			t.Fatalf("%d bytes of %d, %v", n, len(b), err)
		}
		r2, n2, err2 := inPieces(b, cut, step)
		if n2 != n || (err2 == nil) != (err == nil) {
			t.Fatalf("whole: %d, %v; in pieces: %d, %v", n, err, n2, err2)
		}
		if n == 0 {
			return
		}
		if r2.Method != r.Method || r2.Target != r.Target || !bytes.Equal(r2.Body, r.Body) || r2.close != r.close || r2.minor != r.minor {
			t.Fatalf("whole: %+v; in pieces: %+v", r, r2)
		}
		b = bytes.TrimLeft(b[:n], "\r\n")
		n = len(b)
		if line, _, _ := bytes.Cut(b, []byte("\r\n")); !bytes.HasSuffix(line, []byte(" HTTP/1.0")) && !bytes.HasSuffix(line, []byte(" HTTP/1.1")) {
			return // net/http has another opinion of HTTP/1.2
		}
		if bytes.HasPrefix(bytes.ToLower(b[len(r.Method):]), []byte(" http://")) {
			return // whose host net/http takes, and we don't
		}
		std, e := http.ReadRequest(bufio.NewReader(bytes.NewReader(b[:n])))
		if e != nil {
			t.Fatalf("net/http says %v of %q", e, b[:n])
		}
		body, e := io.ReadAll(std.Body)
		if e != nil && r.chunked {
			return // net/http reads the fields of trailers with more care
		}
		if std.Method != r.Method || !strings.HasSuffix(std.RequestURI, strings.TrimPrefix(r.Target, "/")) || std.Close != r.close || std.ProtoMinor != int(r.minor) ||
			std.ContentLength >= 0 && std.ContentLength != int64(len(r.Body)) || !bytes.Equal(body, r.Body) || e != nil {
			t.Fatalf("%q:\nours     %+v\nnet/http %+v, body %q, %v", b[:n], r, std, body, e)
		}
	})
}

func TestParsingTakesThreeAllocations(t *testing.T) {
	b := []byte(whole[1].text)
	n := testing.AllocsPerRun(100, func() { parseHeader(b, maxRequestHeader) })
	if n > 3 { // the method, the target, and the target without escapes
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkParseRequest(b *testing.B) {
	text := []byte("GET /0/hello HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n")
	b.ReportAllocs()
	for b.Loop() {
		parseHeader(text, maxRequestHeader)
	}
}
