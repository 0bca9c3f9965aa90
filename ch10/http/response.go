package http

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
)

const maxHeader = 64 << 10 // bytes

var maxBody = 64 << 20 // bytes; tests shorten it

// A response is the part of a response that has come so far. It ends where its header says, at its Content-Length or
// after its last chunk. Only if the header says neither does it end with the stream. So a server may leave the connection
// open after a whole response, or break it. See RFC 9112, section 6.3.
type response struct {
	text    []byte   // status, header, and the body without what stands between its chunks
	body    int      // index in text where the body begins; 0 until the header is whole
	skipped int      // bytes of 1xx responses before this one
	code    int      // 200
	status  string   // "200 OK"
	length  int      // of the body, in bytes; -1 if it ends with the stream or comes in chunks
	chunks  *chunked // nil if it doesn't come in chunks
}

var (
	endOfLine   = []byte("\r\n")
	endOfHeader = []byte("\r\n\r\n")
)

// add appends b, the bytes just read, and reports whether the response is whole. It returns an error if the status of a
// whole response isn't 200, or if something is wrong.
func (r *response) add(b []byte) (whole bool, err error) {
	if r.body == 0 {
		if b, err = r.addHeader(b); err != nil || r.body == 0 {
			return false, err
		}
	}
	if r.chunks != nil {
		if r.text, b, whole, err = r.chunks.add(r.text, b); whole {
			r.length = len(r.text) - r.body
		}
	} else {
		r.text, b = append(r.text, b...), nil
		whole = len(r.text)-r.body >= r.length && r.length >= 0
	}
	if whole && err == nil && len(r.text)-r.body+len(b) > r.length {
		err = errMore
	}
	switch {
	case err != nil:
		return false, fmt.Errorf("body: %w", err)
	case max(r.length, len(r.text)-r.body) > maxBody:
		return false, fmt.Errorf("the body is longer than %d bytes", maxBody)
	case whole:
		return true, r.end()
	}
	return false, nil
}

var errMore = errors.New("there is more than the header says")

// addHeader returns the bytes after the header, once the header is whole. It skips responses that only announce
// another (1xx, except 101).
func (r *response) addHeader(b []byte) (rest []byte, err error) {
	from := max(0, len(r.text)-len(endOfHeader)+1) // the end may have begun before
	r.text = append(r.text, b...)
	for {
		i := bytes.Index(r.text[from:], endOfHeader)
		n := from + i + len(endOfHeader)
		if i < 0 {
			n = len(r.text)
		}
		if r.skipped+n > maxHeader {
			return nil, fmt.Errorf("the header is longer than %d bytes", maxHeader)
		}
		if i < 0 {
			return nil, nil
		}
		if err := r.parse(r.text[:n]); err != nil {
			return nil, err
		}
		if r.code/100 != 1 || r.code == http.StatusSwitchingProtocols {
			rest, r.text, r.body = r.text[n:], r.text[:n], n
			return rest, nil
		}
		r.skipped += n
		r.text, from = append(r.text[:0], r.text[n:]...), 0
	}
}

// parse reads a whole header.
func (r *response) parse(header []byte) error {
	if n := plainLength(header); n >= 0 {
		r.code, r.status, r.length = http.StatusOK, "200 OK", n
		return nil
	}
	rest := bufio.NewReaderSize(bytes.NewReader(header), len(header)+1)
	h, err := http.ReadResponse(rest, nil)
	if err != nil {
		return fmt.Errorf("response: %.100w", err) // it quotes a line of any length
	}
	if rest.Buffered() > 0 || !bytes.HasSuffix(header, endOfHeader) { // ReadResponse takes LF alone, too
		return errors.New("response: the lines of the header don't end in CR LF")
	}
	r.code, r.status, r.length = h.StatusCode, h.Status, int(min(h.ContentLength, math.MaxInt32))
	if len(h.TransferEncoding) > 0 {
		r.chunks = new(chunked)
	}
	return nil
}

// end returns nil if the response is a whole 200 with nothing to follow, or else what is wrong.
func (r *response) end() error {
	switch body := r.text[r.body:]; {
	case len(r.text)+r.skipped == 0:
		return errors.New("the server closed the connection without a response")
	case r.body == 0:
		if err := r.parse(r.text); err != nil {
			return err
		}
		return fmt.Errorf("response: %w", io.ErrUnexpectedEOF)
	case r.length >= 0 && len(body) < r.length, r.length < 0 && r.chunks != nil:
		return fmt.Errorf("body: %w", io.ErrUnexpectedEOF)
	case r.code != http.StatusOK:
		return fmt.Errorf("status %.100q: %q", r.status, bytes.TrimSpace(body[:min(len(body), 100)]))
	}
	return nil
}

// plainLength returns the Content-Length of a header that is like nearly all: its status is 200 OK, and it has one
// length. Of others it returns -1. Where it can, it takes the place of ReadResponse, which allocates 2 KB for each
// response. With thousands of requests at once, that would be a good part of all memory.
func plainLength(header []byte) int {
	fields, ok := bytes.CutPrefix(header, []byte("HTTP/1.1 200 OK\r\n"))
	if !ok || !bytes.HasSuffix(header, endOfHeader) {
		return -1
	}
	r := Request{fields: fields[:len(fields)-len(endOfLine)]} // whose fields have the same form
	if parseFields(&r) != nil {
		return -1
	}
	return r.length
}
