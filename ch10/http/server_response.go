package http

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A Response is what the client gets. The zero Response is 200 OK with an empty body.
//
// The server adds the fields Date, Connection, Content-Type and Content-Length. If a response is invalid, or has one of
// these fields or Transfer-Encoding, the server logs that, and the client gets the status 500. A response to HEAD has
// the same header and no body. The statuses 204, 205 and 304 have no body either.
type Response struct {
	Status int     // from 200 to 999; 0: 200
	Type   string  // the Content-Type; "": text/plain; charset=utf-8
	Fields []Field // more fields of the header
	Body   []byte  // must not change until the response has been written

	// More returns what follows Body, piece by piece, so that a long body needn't be in memory. The whole body has
	// Length bytes. Each call returns those that begin at index from, at least one and as many as it likes. They
	// must not change until the next call.
	Length int // 0: that of Body
	More   func(from int) []byte
}

// A Field is a line of a response's header. The response is invalid if Name isn't a token of RFC 9110, or if Value
// has control characters other than tabs.
type Field struct{ Name, Value string }

const plainText = "text/plain; charset=utf-8"

func errorResponse(r refusal) Response {
	return Response{Status: r.status, Type: plainText, Body: []byte(r.why + "\n"), Length: len(r.why) + 1}
}

var internalError = errorResponse(errInternal)

// complete fills in what is left out, and returns an error if a handler must not answer so.
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
func (c *conn) output(parts ...string) {
	if c.out == nil {
		c.out = connBuffers.Get().(*buffer)
	}
	for _, s := range parts {
		c.out.b = append(c.out.b, s...)
	}
}

// append adds r, which is complete, to what is to be written.
func (c *conn) append(r Response) {
	c.output("HTTP/1.1 ")
	c.out.b = strconv.AppendInt(c.out.b, int64(r.Status), 10)
	c.output(" ", http.StatusText(r.Status), "\r\nDate: ", c.s.dateAt(c.now))
	switch {
	case c.last:
		c.output("\r\nConnection: close")
	case c.request.minor == 0:
		c.output("\r\nConnection: keep-alive")
	}
	for _, f := range r.Fields {
		c.output("\r\n", f.Name, ": ", f.Value)
	}
	switch r.Status {
	case http.StatusNoContent, http.StatusNotModified:
		r.Length = 0
	case http.StatusResetContent:
		r.Length = 0
		c.output("\r\nContent-Length: 0")
	default:
		c.output("\r\nContent-Type: ", r.Type, "\r\nContent-Length: ")
		c.out.b = strconv.AppendInt(c.out.b, int64(r.Length), 10)
	}
	c.output("\r\n\r\n")
	switch {
	case r.Length == 0 || c.request.Method == http.MethodHead:
	case r.Length == len(r.Body) && r.Length <= maxUnwritten:
		c.out.b = append(c.out.b, r.Body...)
	default:
		long := r // so that others stay on the stack
		c.long = &long
	}
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

// A date is formatted once a second.
type date struct {
	text string
	end  time.Duration // when the second is over that text names
}

// dateAt returns the date as a header has it.
func (s *serving) dateAt(now time.Duration) string {
	d := s.date.Load()
	if d == nil || now >= d.end {
		t := time.Now()
		d = &date{t.UTC().Format(http.TimeFormat), now + time.Second - time.Duration(t.Nanosecond())}
		s.date.Store(d)
	}
	return d.text
}
