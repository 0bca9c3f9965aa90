package http

import (
	"bufio"
	"bytes"
	"errors"
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
		"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 404 Not Found\r\n\r\nno", "HTTP/1.1 100 Continue\r\n\r\n" + head + "\r\n", "HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + head + "Content-Length: 2\r\n\r\nok",
		"HTTP/1.1 101 Switching\r\n\r\n", head + "Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n1 \r\n!\r\n0\r\nA: b\r\n\r\n",
		"HTTP/9.9 200\r\n\r\n",
	} {
		for _, size := range []uint16{1, 3, 4096} {
			f.Add([]byte(response), size)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, size uint16) {
		r, whole, err, taken := &response{}, false, error(nil), 0
		for !whole && err == nil && taken < len(text) {
			n := min(len(text)-taken, int(size)+1)
			whole, err = r.add(text[taken : taken+n])
			taken += n
		}
		if !whole && err == nil {
			err = r.end()
		}
		code, header, body, wrong := readAll(text[:taken])
		switch {
		case err == nil && wrong != nil:
			t.Errorf("%q: accepted, but %v", text, wrong)
		case err == nil && (code != 200 || !bytes.Equal(r.text[r.body:], body) || !bytes.Equal(r.text[:r.body], header)):
			t.Errorf("%q: accepted as %q, want %d, %q, %q", text, r.text, code, header, body)
		case err != nil && wrong == nil && code == 200 && !errors.Is(err, errMore) && header != nil:
			t.Errorf("%q: %v; there is nothing wrong", text, err)
		}
	})
}

// readAll is net/http's opinion. There is no header if its lines don't end in CR LF.
func readAll(text []byte) (code int, header, body []byte, err error) {
	for clean := true; ; {
		rest := bufio.NewReaderSize(bytes.NewReader(text), len(text)+16)
		r, err := http.ReadResponse(rest, nil)
		if err != nil {
			return 0, nil, nil, err
		}
		n := len(text) - rest.Buffered()
		if header = text[:n]; !clean || !bytes.HasSuffix(header, endOfHeader) || bytes.Index(header, endOfHeader) != n-len(endOfHeader) {
			header, clean = nil, false
		}
		if r.StatusCode/100 == 1 && r.StatusCode != 101 {
			text = text[n:]
			continue
		}
		body, err = io.ReadAll(r.Body)
		return r.StatusCode, header, body, err
	}
}
