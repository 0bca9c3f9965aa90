package http

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// A chunked takes a body in chunks apart as it comes: RFC 9112, section 7.1.
type chunked struct {
	next  part
	left  int    // bytes of the chunk that have yet to come; they come before next
	line  []byte // the beginning of next, if that has come
	extra int    // bytes of extensions and trailers, which nobody reads
}

// A part is a line of a body in chunks: the size of a chunk, the empty line after its data, or, after the last chunk,
// whose size is 0, a line of the trailer, which ends with an empty one.
type part int

const (
	size part = iota
	afterData
	trailer
)

// add appends the data in b to body. b may be the memory behind body, because data only moves towards the front. After
// the last chunk it returns true, and what follows.
func (c *chunked) add(body, b []byte) (longer, rest []byte, whole bool, err error) {
	if len(c.line) > 0 {
		b = append(c.line, b...)
		c.line = nil
	}
	for {
		n := min(c.left, len(b))
		body, b, c.left = append(body, b[:n]...), b[n:], c.left-n
		if c.left > 0 {
			return body, nil, false, nil
		}
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			c.line = append(c.line, b...)
			return body, nil, false, c.check(b)
		}
		line, ended := bytes.CutSuffix(b[:i], []byte{'\r'})
		if !ended || bytes.ContainsFunc(line, isControl) {
			return body, nil, false, errors.New("a line between chunks doesn't end in CR LF, or has control characters")
		}
		b = b[i+1:]
		if c.next == trailer && len(line) == 0 {
			return body, b, true, nil
		}
		if err := c.parse(line); err != nil {
			return body, nil, false, err
		}
	}
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// check returns what is wrong with a line, or with its beginning.
func (c *chunked) check(line []byte) error {
	switch {
	case c.extra+len(line) > maxHeader:
		return errors.New("the lines between chunks are too long")
	case c.next == afterData && len(bytes.TrimRight(line, "\r")) > 0:
		return errors.New("a chunk is longer than its size")
	}
	return nil
}

// parse takes a line, without its end.
func (c *chunked) parse(line []byte) error {
	if err := c.check(line); err != nil {
		return err
	}
	switch c.next {
	case afterData:
		c.next = size
	case size:
		digits, _, _ := bytes.Cut(line, []byte{';'})
		n, err := strconv.ParseUint(string(bytes.TrimRight(digits, " \t")), 16, 31)
		if err != nil {
			return fmt.Errorf("size of a chunk: %.100w", err)
		}
		c.left, c.next, c.extra = int(n), afterData, c.extra+max(0, len(line)-8)
		if n == 0 {
			c.next = trailer
		}
	case trailer:
		if bytes.IndexByte(line, ':') <= 0 {
			return fmt.Errorf("trailer: malformed line %.100q", line)
		}
		c.extra += len(line)
	}
	return nil
}
