package http

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

const (
	maxHeader = 64 << 10 // bytes
	maxReread = 100      // times maxBody
)

var maxBody = 64 << 20 // bytes, with the lines between chunks; tests shorten it

// A response is the part of a response that has come so far. It ends where its header says, at its Content-Length or
// after its last chunk. Only if the header says neither does it end with the stream. So a server may leave the connection
// open after a whole response, or break it. See RFC 9112, section 6.3.
type response struct {
	text    []byte // as it came, but without 1xx responses before it
	skipped int    // bytes of those
	body    int    // index in text where the body begins; 0 until the header is whole
	length  int64  // of the body, in bytes; -1 if it ends with the stream or comes in chunks
	chunked bool
	reread  int64 // bytes that end has read because the data of a chunk looked like the end
}

var endOfHeader = []byte("\r\n\r\n")

// add appends b, the bytes just read, and reports whether the response is whole. It returns an error if the status of a
// whole response isn't 200, or if something is wrong.
func (r *response) add(b []byte) (whole bool, err error) {
	r.text = append(r.text, b...)
	if r.body == 0 {
		if err := r.findBody(); err != nil || r.body == 0 {
			return false, err
		}
	}
	switch n := int64(len(r.text) - r.body); {
	case max(n, r.length) > int64(maxBody):
		return false, fmt.Errorf("the body is longer than %d bytes", maxBody)
	case r.chunked:
		whole = bytes.HasSuffix(r.text, endOfHeader) // the last chunk has the same end
	default:
		whole = n >= r.length && r.length >= 0
	}
	if !whole {
		return false, nil
	}
	// Data of a chunk may look like the end. Then end has read the whole text for nothing, and a hostile server could
	// use that to keep a CPU busy.
	if err = r.end(); errors.Is(err, io.ErrUnexpectedEOF) {
		if r.reread += int64(len(r.text)); r.reread > maxReread*int64(maxBody) {
			return false, errors.New("body: its chunks look like the end again and again")
		}
		return false, nil
	}
	return true, err
}

// findBody looks for the end of the header. It skips responses that only announce another (1xx, except 101).
func (r *response) findBody() error {
	for {
		header, _, whole := bytes.Cut(r.text, endOfHeader)
		n := min(len(header)+len(endOfHeader), len(r.text))
		if r.skipped+n > maxHeader {
			return fmt.Errorf("the header is longer than %d bytes", maxHeader)
		}
		if !whole {
			return nil
		}
		rest := bufio.NewReaderSize(bytes.NewReader(r.text[:n]), n)
		h, err := http.ReadResponse(rest, nil)
		if err != nil {
			return fmt.Errorf("response: %.100w", err) // it quotes a line of any length
		}
		if rest.Buffered() > 0 {
			return errLineEnd
		}
		if h.StatusCode/100 != 1 || h.StatusCode == http.StatusSwitchingProtocols {
			r.body, r.length, r.chunked = n, h.ContentLength, len(h.TransferEncoding) > 0
			return nil
		}
		r.skipped += n
		r.text = r.text[n:]
	}
}

var (
	errLineEnd = errors.New("response: the lines of the header don't end in CR LF") // LF alone is enough for ReadResponse
	errMore    = errors.New("body: there is more than the header says")
)

// end returns nil if the response is a whole 200 with nothing to follow, or else what is wrong. It removes the
// lines between chunks.
func (r *response) end() error {
	if len(r.text)+r.skipped == 0 {
		return errors.New("the server closed the connection without a response")
	}
	unread := bytes.NewReader(r.text)
	buffer := bufio.NewReader(unread)
	h, err := http.ReadResponse(buffer, nil)
	if err != nil {
		return fmt.Errorf("response: %.100w", err)
	}
	if r.body == 0 {
		return errLineEnd
	}
	body, err := io.ReadAll(h.Body)
	switch {
	case err != nil:
		return fmt.Errorf("body: %.100w", err)
	case buffer.Buffered()+unread.Len() > 0:
		return errMore
	case h.StatusCode != http.StatusOK:
		return fmt.Errorf("status %.100q: %q", h.Status, bytes.TrimSpace(body[:min(len(body), 100)]))
	}
	r.text = append(r.text[:r.body], body...)
	return nil
}
