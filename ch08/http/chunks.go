package http

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// A chunked is as much of a body in chunks as has come: RFC 9112, section 7.1.
type chunked struct {
	next  part
	left  int    // bytes of the chunk that are still to come
	line  []byte // the begun one between two chunks
	extra int    // bytes of extensions and trailers, which nobody reads
}

// A part of a body in chunks: the size and the data of each, the end of the line behind the data, and behind the
// last chunk, whose size is 0, the trailer.
type part int

const (
	size part = iota
	data
	behindData
	trailer
)

// add appends the data in b to body. b may be the memory behind body: data only moves towards the front. Once the
// last chunk has been there, it returns true, and what follows.
func (c *chunked) add(body, b []byte) (longer, rest []byte, whole bool, err error) {
	if len(c.line) > 0 {
		b = append(c.line, b...)
		c.line = nil
	}
	for {
		if c.next == data {
			n := min(c.left, len(b))
			body, b, c.left = append(body, b[:n]...), b[n:], c.left-n
			if c.left > 0 {
				return body, nil, false, nil
			}
			c.next = behindData
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
		if err := c.check(line); err != nil {
			return body, nil, false, err
		}
		if c.next == trailer && len(line) == 0 {
			return body, b, true, nil
		}
		if err := c.parse(line); err != nil {
			return body, nil, false, err
		}
	}
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// check looks at a line between chunks, or at its beginning.
func (c *chunked) check(line []byte) error {
	switch {
	case c.extra+len(line) > maxHeader:
		return errors.New("the lines between chunks are too long")
	case c.next == behindData && len(bytes.TrimRight(line, "\r")) > 0:
		return errors.New("a chunk is longer than its size")
	}
	return nil
}

// parse takes a line between chunks.
func (c *chunked) parse(line []byte) error {
	switch c.next {
	case behindData:
		c.next = size
	case size:
		digits, _, _ := bytes.Cut(line, []byte{';'})
		n, err := strconv.ParseUint(string(bytes.TrimRight(digits, " \t")), 16, 31)
		if err != nil {
			return fmt.Errorf("size of a chunk: %.100w", err)
		}
		c.left, c.next, c.extra = int(n), data, c.extra+max(0, len(line)-8)
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
