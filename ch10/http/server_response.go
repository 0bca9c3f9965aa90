package http

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A Response is what a handler's future has for the client.
type Response struct {
	Status int    // 0: 200
	Type   string // of Body; "": text/plain; charset=utf-8
	Body   []byte // must not change any more
}

const plainText = "text/plain; charset=utf-8"

// complete fills in what is left out, and returns what a handler must not do.
func (r *Response) complete() error {
	if r.Status == 0 {
		r.Status = http.StatusOK
	}
	if r.Type == "" {
		r.Type = plainText
	}
	switch {
	case r.Status < 200 || r.Status > 999:
		return fmt.Errorf("a response with the status %d", r.Status)
	case strings.ContainsAny(r.Type, "\r\n"):
		return fmt.Errorf("a response of the type %q", r.Type)
	}
	return nil
}

// append adds r to what is to be written.
func (c *conn) append(r Response) {
	if c.out == nil {
		c.out = connBuffers.Get().(*buffer)
	}
	b := c.out.b
	if r.Status == http.StatusOK {
		b = append(b, "HTTP/1.1 200 OK\r\nDate: "...)
	} else {
		b = append(b, "HTTP/1.1 "...)
		b = strconv.AppendInt(b, int64(r.Status), 10)
		b = append(b, ' ')
		b = append(b, http.StatusText(r.Status)...)
		b = append(b, "\r\nDate: "...)
	}
	b = c.s.appendDate(b, c.now)
	if c.last {
		b = append(b, "\r\nConnection: close"...)
	} else if c.request.minor == 0 {
		b = append(b, "\r\nConnection: keep-alive"...)
	}
	hasBody := r.Status != http.StatusNoContent && r.Status != http.StatusNotModified
	if hasBody {
		b = append(b, "\r\nContent-Type: "...)
		b = append(b, r.Type...)
		b = append(b, "\r\nContent-Length: "...)
		b = strconv.AppendInt(b, int64(len(r.Body)), 10)
	}
	b = append(b, "\r\n\r\n"...)
	switch {
	case !hasBody || c.request.Method == http.MethodHead:
	case len(r.Body) <= 16<<10:
		b = append(b, r.Body...)
	default:
		c.tail = r.Body // it isn't copied
	}
	c.out.b = b
}

const dateFormat = "Mon, 02 Jan 2006 15:04:05 GMT"

// appendDate formats the time once a second.
func (s *serving) appendDate(b []byte, now time.Duration) []byte {
	if s.dateAt == 0 || now-s.dateAt >= time.Second {
		t := time.Now()
		s.dateAt = now - time.Duration(t.Nanosecond()) // when the second began
		t.UTC().AppendFormat(s.date[:0], dateFormat)
	}
	return append(b, s.date[:]...)
}
