package http

import (
	"bytes"
	"io"
	"os"
	"runtime/debug"

	"ch10/future"
)

// A step is what the coroutine of a connection waits for. It is the connection itself, so that a wait allocates nothing.
type step conn

func (f *step) Poll(cx *future.Context) (none struct{}, err error) {
	return none, f.poll((*conn)(f), cx)
}

// step returns a future that is done when poll returns nil or an error other than NotReady. The client's time begins anew.
func (c *conn) step(poll func(*conn, *future.Context) error) *step {
	c.poll, c.end = poll, 0
	return (*step)(c)
}

// readRequest is done when a request is there, or has been refused. The refusal is the last response.
//
// It writes only when it has to wait for the next request, or has enough to write. So the responses to
// requests that came together are written together.
func (c *conn) readRequest(cx *future.Context) error {
	for {
		whole, err := c.takeRequest()
		switch {
		case whole:
			return nil
		case err != nil:
		case c.out != nil || c.long != nil:
			err = c.write(cx)
		default:
			err = c.readMore(cx)
		}
		if r, ok := err.(refusal); ok {
			c.last = true
			c.append(errorResponse(r))
			return nil
		} else if err != nil {
			return err
		}
	}
}

// readMore reads once. While nothing comes, it waits for as long as the client may take.
func (c *conn) readMore(cx *future.Context) error {
	idle, d := c.in == nil, c.s.HeaderTime
	switch {
	case idle && c.s.stopping.Load():
		return io.EOF
	case idle:
		d = c.s.IdleTime
	case c.live:
		d = c.s.BodyTime
	}
	err := c.read(cx)
	switch {
	case err == future.NotReady:
		if err = c.wait(cx, d); err == os.ErrDeadlineExceeded && !idle {
			return errTimedOut
		}
	case idle || c.live: // the time of a header goes on
		c.end = 0
	}
	return err
}

// takeRequest moves what has been read to the request. It returns false until the request is whole.
func (c *conn) takeRequest() (whole bool, err error) {
	if !c.live {
		if err := c.takeHeader(); err != nil || !c.live {
			return false, err
		}
	}
	b, n := c.in.b[c.handled:], max(c.request.length, 0)
	if c.chunks != nil {
		n = len(c.request.Body) // which is b without what stood between its chunks
		body, rest, whole, err := c.chunks.add(b[:n], b[n:])
		n = len(body)
		c.request.Body, c.in.b = body, append(c.in.b[:c.handled+n], rest...)
		switch {
		case err != nil:
			return false, refusal{400, err.Error()}
		case n > c.s.MaxBody:
			return false, errLongBody
		case !whole:
			return false, nil
		}
		c.chunks = nil
	}
	if len(b) < n {
		return false, nil
	}
	c.request.Body = b[:n:n]
	c.handled += n
	return true, nil
}

// takeHeader sets live if the next header is whole. It takes none while much has yet to be written, so that a client
// that doesn't read can't fill the memory with responses.
func (c *conn) takeHeader() (err error) {
	for c.in != nil && bytes.HasPrefix(c.in.b[c.handled:], endOfLine) { // before a request, it is ignored: RFC 9112, section 2.2
		c.handled += len(endOfLine)
	}
	if c.in != nil && c.handled == len(c.in.b) {
		c.releaseIn()
	}
	if c.in == nil || c.long != nil || c.out != nil && len(c.out.b) >= maxUnwritten {
		return nil
	}
	var n int
	c.request, n, err = parseHeader(c.in.b[c.handled:], c.s.MaxHeader)
	r := &c.request
	switch {
	case err != nil || n == 0:
		return err
	case r.length > c.s.MaxBody:
		return errLongBody
	case r.chunked:
		c.chunks = new(chunked)
	}
	c.handled += n
	c.live, r.conn, c.end = true, c.c, 0
	if r.expects && (r.chunked || r.length > 0) && c.handled == len(c.in.b) {
		c.output("HTTP/1.1 100 Continue\r\n\r\n")
	}
	return nil
}

// respond is done when the handler has answered the request, and the response is to be written.
func (c *conn) respond(cx *future.Context) error {
	r, err := c.pollAnswer(cx)
	if err == nil {
		c.last = c.request.close || c.s.stopping.Load()
		c.append(r)
		c.live = false
		return nil
	}
	if err = c.write(cx); err != nil {
		return err
	}
	// Some systems report a reset only to a reader. So read, also what can't be handled yet.
	for err == nil && len(c.in.b)-c.handled < maxPipelined {
		err = c.read(cx)
	}
	if err != nil && err != io.EOF && err != errBusy {
		return err
	}
	broken := c.c.PollBroken(cx)
	if broken == future.NotReady && err == io.EOF {
		return c.wait(cx, c.s.AnswerTime)
	}
	return broken
}

// pollAnswer calls the handler, or polls the future that it has returned. It turns an error or a panic into a response.
func (c *conn) pollAnswer(cx *future.Context) (r Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			c.s.logf("%s %s: panic: %v\n%s", c.request.Method, c.request.Target, p, debug.Stack())
			r, err, c.request.close = internalError, nil, true
			c.dropAnswer()
		}
	}()
	if c.answer == nil {
		if c.answer = c.s.Handler(&c.request); c.answer == nil {
			panic("the handler returned no future")
		}
	}
	if r, err = c.answer.Poll(cx); err == future.NotReady {
		return r, err
	}
	c.answer = nil
	if err == nil {
		err = r.complete()
	}
	if err != nil {
		c.s.logf("%s %s: %v", c.request.Method, c.request.Target, err)
		r = internalError
	}
	return r, nil
}

// linger is done when all has been written and the client has closed the connection. To close it before would reset it
// if the client is still sending, and the client would lose the last response.
func (c *conn) linger(cx *future.Context) error {
	if err := c.write(cx); err != nil {
		return err
	}
	if err := c.c.CloseWrite(); err != nil {
		return err
	}
	for c.unread <= lingerBytes {
		c.releaseIn()
		if err := c.read(cx); err == future.NotReady {
			return c.wait(cx, c.s.LingerTime)
		} else if err != nil {
			return err
		}
		c.unread += len(c.in.b)
	}
	return nil
}
