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
	Status int     // 0: 200
	Type   string  // of the body; "": text/plain; charset=utf-8
	Fields []Field // others of the header
	Body   []byte  // must not change any more

	// More has the rest of a body that is Length bytes long, so that nobody needs to have all of it. It returns a
	// piece that begins at from, which isn't changed, and is asked again for what follows.
	Length int // 0: that of Body
	More   func(from int) []byte
}

// A Field is one of the header.
type Field struct{ Name, Value string }

const plainText = "text/plain; charset=utf-8"

func errorResponse(r *refusal) Response {
	return Response{Status: r.status, Type: plainText, Body: []byte(r.why + "\n"), Length: len(r.why) + 1}
}

var internalError = errorResponse(errInternal)

// complete fills in what is left out, and returns what a handler must not do.
func (r *Response) complete() error {
	if r.Status == 0 {
		r.Status = http.StatusOK
	}
	if r.Type == "" {
		r.Type = plainText
	}
	r.Length = max(r.Length, len(r.Body))
	switch {
	case r.Status < 200 || r.Status > 999:
		return fmt.Errorf("a response with the status %d", r.Status)
	case span(r.Type, &inValue) < len(r.Type):
		return fmt.Errorf("a response of the type %q", r.Type)
	case r.Length > len(r.Body) && r.More == nil:
		return fmt.Errorf("a response with %d bytes of %d", len(r.Body), r.Length)
	}
	for _, f := range r.Fields {
		switch strings.ToLower(f.Name) {
		case "", "connection", "content-length", "content-type", "date", "transfer-encoding":
			return fmt.Errorf("a response with a field %q of its own", f.Name)
		}
		if span(f.Name, &inToken) < len(f.Name) || span(f.Value, &inValue) < len(f.Value) {
			return fmt.Errorf("a response with a field %q: %q", f.Name, f.Value)
		}
	}
	return nil
}

// output appends to what is to be written.
func (c *conn) output(s string) {
	if c.out == nil {
		c.out = connBuffers.Get().(*buffer)
	}
	c.out.b = append(c.out.b, s...)
}

// append adds r to what is to be written.
func (c *conn) append(r Response) {
	c.output("HTTP/1.1 ")
	b := strconv.AppendInt(c.out.b, int64(r.Status), 10)
	b = append(b, ' ')
	b = append(b, http.StatusText(r.Status)...)
	b = append(b, "\r\nDate: "...)
	b = c.s.appendDate(b, c.now)
	if c.last {
		b = append(b, "\r\nConnection: close"...)
	} else if c.request.minor == 0 {
		b = append(b, "\r\nConnection: keep-alive"...)
	}
	for _, f := range r.Fields {
		b = fmt.Appendf(b, "\r\n%s: %s", f.Name, f.Value)
	}
	length := r.Length
	switch r.Status {
	case http.StatusNoContent, http.StatusNotModified:
		length = 0
	case http.StatusResetContent:
		length = 0
		b = append(b, "\r\nContent-Length: 0"...)
	default:
		b = append(b, "\r\nContent-Type: "...)
		b = append(b, r.Type...)
		b = append(b, "\r\nContent-Length: "...)
		b = strconv.AppendInt(b, int64(length), 10)
	}
	b = append(b, "\r\n\r\n"...)
	switch {
	case length == 0 || c.request.Method == http.MethodHead:
	case length == len(r.Body) && length <= maxUnwritten:
		b = append(b, r.Body...)
	default:
		long := r // so that others stay on the stack
		c.long = &long
	}
	c.out.b = b
}

// piece returns what is to be written next of a long body, which isn't copied.
func (r *Response) piece(from int) []byte {
	if from < len(r.Body) {
		return r.Body[from:]
	}
	piece := r.More(from)
	if len(piece) == 0 {
		panic(fmt.Sprintf("http: a response has %d bytes of %d", from, r.Length))
	}
	return piece[:min(len(piece), r.Length-from)]
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
