package http

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"testing"
)

// FuzzReadResponse has responses come in pieces of any size, and compares with
// what a reader of the whole finds.
func FuzzReadResponse(f *testing.F) {
	for _, response := range []string{
		"", "\r\n\r\n", "what?\r\n\r\n", head, head + "\r\n", head + "\r\nok\r\n\r\n",
		head + "Content-Length: 2\r\n\r\nok", head + "Content-Length: 3\r\n\r\nok", head + "Content-Length: 1\r\n\r\nok",
		head + "Content-Length: -1\r\n\r\nok", head + "Content-Length: 99999999999999999999\r\n\r\nok",
		head + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nok",
		"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 404 Not Found\r\n\r\nno", "HTTP/1.1 100 Continue\r\n\r\n" + head + "\r\n", "HTTP/9.9 200\r\n\r\n",
	} {
		for _, size := range []uint16{1, 3, 4096} {
			f.Add([]byte(response), size)
		}
	}
	f.Fuzz(func(t *testing.T, response []byte, size uint16) {
		g := &get{}
		for at := 0; at < len(response); {
			n := min(len(response)-at, int(size)+1)
			g.response = append(g.response, response[at:at+n]...)
			at += n
			err := g.limits(n)
			body := bytes.Index(g.response, []byte("\r\n\r\n")) + 4
			if body == 3 {
				body = 0
			}
			if g.body != body {
				t.Fatalf("the body of %q begins at %d, want %d", g.response, g.body, body)
			}
			header := g.body
			if header == 0 {
				header = len(g.response)
			}
			if tooLong := header > maxHeader || len(g.response)-header > maxBody; (err != nil) != tooLong {
				t.Fatalf("%v for %d bytes of header, %d of body", err, header, len(g.response)-header)
			}
		}

		err := check(response)
		rest := bufio.NewReader(bytes.NewReader(response))
		r, wrong := http.ReadResponse(rest, nil)
		if wrong == nil {
			_, wrong = io.ReadAll(r.Body)
		}
		switch {
		case err == nil && wrong != nil:
			t.Errorf("%q: accepted, but %v", response, wrong)
		case err == nil && r.StatusCode != 200:
			t.Errorf("%q: accepted status %d", response, r.StatusCode)
		case err == nil && rest.Buffered() > 0:
			t.Errorf("%q: accepted with %d bytes left over", response, rest.Buffered())
		case err != nil && wrong == nil && r.StatusCode == 200 && rest.Buffered() == 0 && bytes.Contains(response, []byte("\r\n\r\n")):
			t.Errorf("%q: %v; there is nothing wrong", response, err)
		}
	})
}
