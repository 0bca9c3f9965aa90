package http

import (
	"bufio"
	"bytes"
	"net/http"
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

// TestPlainLength: of a header that it takes, ReadResponse says the same.
func TestPlainLength(t *testing.T) {
	for _, fields := range []string{
		"Content-Length: 5", "content-length:5\r\nA: b", "A: b\r\nContent-Length: \t5 ", "A: b", "Content-Length: 5\r\nTransfer-Encoding: chunked",
		"Content-Length: \r\nContent-Length: 5", "Content-Length: x\r\nContent-Length: 5", "Content-Length: 5\r\nContent-Length: 5", "Content-Length: -1",
		"Content-Length: 5, 5", "Content-Length: 5\r\n folded", "Content-Length : 5", "Con\x00tent-Length: 5",
	} {
		for _, status := range []string{"HTTP/1.1 200 OK", "HTTP/1.1 404 No", "HTTP/1.0 200 OK"} {
			header := []byte(status + "\r\n" + fields + "\r\n\r\n")
			plain, r, err := plainLength(header), &response{}, error(nil)
			h, wrong := http.ReadResponse(bufio.NewReader(bytes.NewReader(header)), nil)
			err = r.parse(header)
			if (err == nil) != (wrong == nil) || err == nil && (r.code != h.StatusCode || r.length != int(h.ContentLength)) {
				t.Errorf("%q: %d, %d, %v", header, r.code, r.length, err)
			}
			if want := fields == "Content-Length: 5" || strings.Contains(fields, "A: b\r\nC") || strings.HasPrefix(fields, "con"); (plain == 5) != (want && status == "HTTP/1.1 200 OK") || plain != 5 && plain != -1 {
				t.Errorf("%q: %d", header, plain)
			}
		}
	}
}
