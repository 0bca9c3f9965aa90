package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"ch10/poll"
	"ch10/tcp"
)

const statusOK = "HTTP/1.1 200 OK\r\n"

// load makes n requests on k connections, and returns how long that takes. It is the client of the servers that are
// measured, and what Get is measured against: one thread, and nothing between the streams and the event queue. The
// events are level-triggered, so that a read which got a response needn't be followed by one that gets nothing.
func load(addr netip.AddrPort, request, body string, k, n int) (time.Duration, error) {
	queue, err := poll.New()
	if err != nil {
		return 0, err
	}
	defer queue.Close()
	begin, events := time.Now(), make([]poll.Event, 256)
	wait := func() (n int, err error) {
		if n, err = queue.Poll(events, patience); err == nil && n == 0 {
			err = errors.New("nothing from the server")
		}
		return n, err
	}
	all := make([]client, min(k, n))
	for i := range all {
		c := &all[i]
		if c.stream, err = tcp.Dial(addr); err != nil {
			return 0, err
		}
		defer c.stream.Close()
		if err = c.send(request); err == tcp.ErrWouldBlock { // it isn't connected yet
			if err = queue.Registry().Register(c.stream, poll.Token(i), poll.Writable|poll.Level); err == nil {
				_, err = wait()
			}
			err = errors.Join(err, queue.Registry().Deregister(c.stream), c.send(request))
		}
		if err != nil {
			return 0, err
		}
	}
	for i := range all { // no token twice
		if err := queue.Registry().Register(all[i].stream, poll.Token(len(all)+i), poll.Readable|poll.Level); err != nil {
			return 0, err
		}
	}
	buf, unsent := make([]byte, 4096), n-len(all)
	for unanswered := n; unanswered > 0; {
		ready, err := wait()
		if err != nil {
			return 0, err
		}
		for _, e := range events[:ready] {
			c := &all[int(e.Token())-len(all)]
			whole, err := c.receive(buf, body)
			if whole {
				unanswered--
				if unsent--; unsent >= 0 {
					err = c.send(request)
				} else {
					err = c.stream.Close()
				}
			}
			if err != nil {
				return 0, err
			}
		}
	}
	return time.Since(begin), nil
}

type client struct {
	stream *tcp.Stream
	got    []byte // of a response that isn't whole
}

func (c *client) send(request string) error {
	n, err := c.stream.Write([]byte(request))
	if err == nil && n < len(request) {
		err = io.ErrShortWrite
	}
	return err
}

func (c *client) receive(buf []byte, body string) (whole bool, err error) {
	n, err := c.stream.Read(buf)
	switch err {
	case nil:
		return c.received(buf[:n], body)
	case tcp.ErrWouldBlock:
		return false, nil
	}
	return false, err
}

// received reports whether b was the last of a response.
func (c *client) received(b []byte, body string) (whole bool, err error) {
	c.got = append(c.got, b...)
	header, got, _ := bytes.Cut(c.got, []byte("\r\n\r\n"))
	switch {
	case len(got) < len(body) && len(c.got) < 4096:
		return false, nil
	case string(got) != body || !bytes.HasPrefix(header, []byte(statusOK)):
		return false, fmt.Errorf("a response that isn't the right one: %.200q", c.got)
	}
	c.got = c.got[:0]
	return true, nil
}
