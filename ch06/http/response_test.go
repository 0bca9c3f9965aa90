package http

import (
	"fmt"
	"strings"
	"testing"
)

type wholeResponse struct {
	sent, want string
	open       bool
}

// wholeResponses are as servers send them, and as Get returns them. One that is open ends with the stream.
func wholeResponses() map[string]wholeResponse {
	longest := "HTTP/1.1 200 OK\r\nX: \r\n\r\n"
	longest = strings.Replace(longest, "X: ", "X: "+strings.Repeat("x", maxHeader-len(longest)), 1)
	const chunked = head + "Transfer-Encoding: chunked\r\n\r\n"
	const ok = head + "Content-Length: 2\r\n\r\nok"
	return map[string]wholeResponse{
		"length":                {ok, ok, false},
		"no length":             {"HTTP/1.1 200 Fine\r\n\r\nok\r\n\r\nok", "HTTP/1.1 200 Fine\r\n\r\nok\r\n\r\nok", true},
		"HTTP/1.0":              {"HTTP/1.0 200 OK\r\n\r\nok", "HTTP/1.0 200 OK\r\n\r\nok", true},
		"empty":                 {head + "Content-Length: 0\r\n\r\n", head + "Content-Length: 0\r\n\r\n", false},
		"chunked":               {chunked + "1\r\no\r\n1\r\nk\r\n0\r\n\r\n", chunked + "ok", false},
		"chunks in hexadecimal": {chunked + "0A;ext=\"1\"\r\n\r\n345678\r\n\r\n0\r\n\r\n", chunked + "\r\n345678\r\n", false},
		"no chunk":              {chunked + "0\r\n\r\n", chunked, false},
		"trailer":               {head + "Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n", head + "Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\nok", false},
		"longest header":        {longest, longest, true},
		"100 before":            {"HTTP/1.1 100 Continue\r\n\r\n" + ok, ok, false},
		"two before":            {"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + chunked + "2\r\nok\r\n0\r\n\r\n", chunked + "ok", false},
	}
}

func TestResponses(t *testing.T) {
	for name, c := range wholeResponses() {
		for size := range 10 {
			r, done, err := &response{}, false, error(nil)
			for from := 0; from < len(c.sent) && err == nil; from += size + 1 {
				if done {
					t.Errorf("%s, %d bytes at a time: whole after %d bytes of %d", name, size+1, from, len(c.sent))
				}
				done, err = r.add([]byte(c.sent[from:min(from+size+1, len(c.sent))]))
			}
			if !done && err == nil {
				err = r.end()
			}
			if string(r.text) != c.want || err != nil {
				t.Errorf("%s, %d bytes at a time: %q, %v", name, size+1, r.text, err)
			}
		}
	}
}

// TestFalseEnds: each of these chunks ends as the last one does, and only a look tells them apart. A server that sends
// every line in a chunk is one thing, and one that lets each look take as long as it can is another.
func TestFalseEnds(t *testing.T) {
	defer func(old int) { maxBody = old }(maxBody)
	maxBody = 10_000
	const header, chunk, last = head + "Transfer-Encoding: chunked\r\n\r\n", "4\r\nok\r\n\r\n", "0\r\n\r\n"
	large := fmt.Sprintf("%x\r\n%s\r\n", maxBody/2, strings.Repeat("x", maxBody/2))
	for _, c := range []struct {
		before string
		chunks int
		fails  bool
	}{{header, 0, false}, {header, 300, false}, {header + large, 300, true}} {
		var r response
		whole, err := r.add([]byte(c.before))
		for i := 0; i < c.chunks && err == nil && !whole; i++ {
			whole, err = r.add([]byte(chunk))
		}
		if err == nil && !whole {
			whole, err = r.add([]byte(last))
		}
		if whole == c.fails || (err != nil) != c.fails {
			t.Errorf("%d chunks behind %d bytes: %t, %v", c.chunks, len(c.before), whole, err)
		}
	}
}
