package bench

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	nethttp "net/http"
	"net/netip"
	"time"

	"ch10/poll"
	"ch10/tcp"
)

// An eventLoop is an event queue with streams: one thread, and nothing between the streams and what is done with
// their bytes. It is the client of all servers, and what our client and our server are measured against.
//
// The events are level-triggered, so that a read which got everything needn't be followed by one that gets nothing.
type eventLoop struct {
	queue    *poll.Poll
	events   []poll.Event
	buf      []byte
	listener *tcp.Listener // nil for a client. Its token is 0
	streams  []*tcp.Stream // the first has token 1
}

func newEventLoop() (*eventLoop, error) {
	queue, err := poll.New()
	return &eventLoop{queue: queue, events: make([]poll.Event, 256), buf: make([]byte, 4096)}, err
}

func (l *eventLoop) add(s *tcp.Stream) error {
	l.streams = append(l.streams, s)
	return l.queue.Registry().Register(s, poll.Token(len(l.streams)), poll.Readable|poll.Level)
}

// turn waits, and calls received with what has come for the i-th stream.
func (l *eventLoop) turn(received func(i int, b []byte) error) error {
	n, err := l.queue.Poll(l.events, patience)
	if err == nil && n == 0 {
		err = fmt.Errorf("nothing from the other side in %v", patience)
	}
	if err != nil {
		return err
	}
	for _, e := range l.events[:n] {
		if e.Token() == 0 {
			var s *tcp.Stream
			if s, err = l.listener.AcceptStream(); err == nil {
				err = l.add(s)
			}
		} else {
			err = l.read(int(e.Token())-1, received)
		}
		if err != nil && err != tcp.ErrWouldBlock {
			return err
		}
	}
	return nil
}

func (l *eventLoop) read(i int, received func(i int, b []byte) error) error {
	n, err := l.streams[i].Read(l.buf)
	switch {
	case err == nil:
		return received(i, l.buf[:n])
	case err == io.EOF && l.listener != nil:
		return l.streams[i].Close()
	}
	return err
}

const statusOK = "HTTP/1.1 200 OK\r\n"

// load makes n requests on k connections, and returns how long that takes.
func load(addr netip.AddrPort, request []byte, body string, k, n int) (time.Duration, error) {
	begin := time.Now()
	l, err := newEventLoop()
	if err != nil {
		return 0, err
	}
	defer l.queue.Close()
	got := make([][]byte, min(k, n))
	for range got {
		s, err := tcp.Dial(addr)
		if err != nil {
			return 0, err
		}
		defer s.Close()
		for err = send(s, request); err == tcp.ErrWouldBlock; err = send(s, request) {
			time.Sleep(time.Millisecond) // until it is connected, which it mostly is at once
		}
		if err = cmp.Or(err, l.add(s)); err != nil {
			return 0, err
		}
	}
	unsent, unanswered := n-len(got), n
	for unanswered > 0 && err == nil {
		err = l.turn(func(i int, b []byte) error {
			got[i] = append(got[i], b...)
			if whole, err := isWhole(got[i], body); !whole {
				return err
			}
			got[i] = got[i][:0]
			unanswered--
			if unsent--; unsent < 0 {
				return l.streams[i].Close()
			}
			return send(l.streams[i], request)
		})
	}
	return time.Since(begin), err
}

func send(s *tcp.Stream, b []byte) error {
	n, err := s.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return err
}

// isWhole reports whether got is a response with this body, or what can't become one.
func isWhole(got []byte, body string) (bool, error) {
	header, end, _ := bytes.Cut(got, []byte("\r\n\r\n"))
	switch {
	case len(end) < len(body) && len(got) < 4096:
		return false, nil
	case string(end) != body || !bytes.HasPrefix(header, []byte(statusOK)):
		return false, fmt.Errorf("a response that isn't the right one: %.200q", got)
	}
	return true, nil
}

// serveByLoop answers every request alike.
func serveByLoop(o order) error {
	l, err := newEventLoop()
	if err != nil {
		return err
	}
	if l.listener, err = listen(o); err != nil {
		return err
	}
	err = l.queue.Registry().Register(l.listener, 0, poll.Readable|poll.Level)
	response := []byte(statusOK + "Content-Length: 5\r\nContent-Type: " + plainText + "\r\nDate: " +
		time.Now().UTC().Format(nethttp.TimeFormat) + "\r\n\r\n" + greeting)
	for err == nil {
		err = l.turn(func(i int, b []byte) error {
			if !bytes.HasSuffix(b, []byte("\r\n\r\n")) {
				return nil
			}
			compute(o.Compute)
			return send(l.streams[i], response)
		})
	}
	return err
}
