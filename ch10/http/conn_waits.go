package http

import (
	"io"
	"net/http"
	"os"
	"runtime/debug"

	"ch10/future"
)

// These are the futures that a connection's coroutine waits for. The connection itself is their memory.
type (
	writing   conn // done when all has been written
	reading   conn // done when there is a request, or it has been refused
	answering conn // done when the response is there
	lingering conn // done when the client has closed the connection, or its time is over
)

func (c *conn) writing() *writing {
	c.within(c.s.WriteTime)
	return (*writing)(c)
}

func (f *writing) Poll(cx *future.Context) (none struct{}, err error) {
	return none, (*conn)(f).write(cx)
}

func (c *conn) reading() *reading {
	if c.within(c.s.IdleTime); c.in != nil {
		c.within(c.s.HeaderTime)
	}
	return (*reading)(c)
}

func (f *reading) Poll(cx *future.Context) (none struct{}, err error) {
	c := (*conn)(f)
	for {
		whole, err := c.takeRequest()
		if whole || c.refuse(err) {
			return none, nil
		}
		if c.out != nil { // 100 Continue, and responses to requests before
			if err := c.write(cx); err != nil {
				return none, err
			}
			c.within(c.s.BodyTime)
		}
		idle := c.in == nil
		if idle && c.s.stopping {
			return none, io.EOF
		}
		switch err = c.read(cx); {
		case err == future.NotReady:
			if err = c.wait(cx); err == os.ErrDeadlineExceeded && !idle {
				err = errTimedOut
			}
		case err == nil && idle:
			c.within(c.s.HeaderTime)
		case err == nil && c.live:
			c.within(c.s.BodyTime)
		}
		if c.refuse(err) {
			return none, nil
		}
		if err != nil {
			return none, err
		}
	}
}

// takeRequest moves what has been read to the request. It returns false if there is to be more.
func (c *conn) takeRequest() (whole bool, err error) {
	if !c.live {
		switch {
		case !c.hasHeader():
			return false, nil
		case c.refused != nil:
			return false, c.refused
		case c.request.length > c.s.MaxBody:
			return false, errLongBody
		case c.request.length < 0:
			c.chunks = new(chunked)
		}
		c.handled += c.header
		c.header, c.live, c.request.conn = 0, true, c.c
		if c.within(c.s.BodyTime); c.request.expects && c.request.length != 0 && c.handled == len(c.in.b) {
			c.output("HTTP/1.1 100 Continue\r\n\r\n")
		}
	}
	b, n := c.in.b[c.handled:], c.request.length
	if c.chunks != nil {
		n = len(c.request.Body)
		body, rest, whole, err := c.chunks.add(b[:n], b[n:])
		if n = len(body); err != nil {
			return false, &refusal{http.StatusBadRequest, err.Error()}
		} else if n > c.s.MaxBody {
			return false, errLongBody
		}
		b = append(body, rest...)
		c.in.b = append(c.in.b[:c.handled], b...)
		if c.request.Body = b; !whole {
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

// answering hands the request to the handler.
func (c *conn) answering() (f *answering) {
	c.within(c.s.WriteTime) // for the responses before
	f = (*answering)(c)     // also if it panics now
	defer c.recover()
	if c.answer = c.s.Handler(&c.request); c.answer == nil {
		panic("the handler returned no future")
	}
	return f
}

func (f *answering) Poll(cx *future.Context) (r Response, err error) {
	c := (*conn)(f)
	if r, err = c.pollAnswer(cx); err != future.NotReady {
		return r, err
	}
	if err = c.write(cx); err != nil {
		return r, err
	}
	for !c.eof && len(c.in.b)-c.handled < maxPipelined { // some systems tell of a reset only who reads
		if err = c.read(cx); err == io.EOF {
			c.eof = true
			c.within(c.s.AnswerTime)
		} else if err == errBusy {
			break
		} else if err != nil {
			return r, err
		}
	}
	if err = c.c.PollBroken(cx); err == future.NotReady && c.eof {
		err = c.wait(cx)
	}
	return r, err
}

// pollAnswer makes a response of an error, and of a panic.
func (c *conn) pollAnswer(cx *future.Context) (r Response, err error) {
	if c.answer == nil { // the handler has panicked
		return internalError, nil
	}
	defer c.recover()
	r = internalError // if it panics now
	r, err = c.answer.Poll(cx)
	if err == future.NotReady {
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

// recover lets go of an answer that has panicked, or whose handler has.
func (c *conn) recover() {
	r := recover()
	if r == nil {
		return
	}
	c.s.logf("%s %s: panic: %v\n%s", c.request.Method, c.request.Target, r, debug.Stack())
	c.request.close = true
	f := c.answer
	if c.answer = nil; f != nil {
		future.Drop(f)
	}
}

// respond has the response written. refuse does so with a refusal, after which there is no other response.
func (c *conn) respond(r Response) {
	c.last = c.request.close || c.s.stopping
	c.append(r)
	if c.live = false; c.handled == len(c.in.b) {
		c.releaseIn()
	}
}

// refuse reports whether err is a refusal.
func (c *conn) refuse(err error) bool {
	r, ok := err.(*refusal)
	if ok {
		c.last = true
		c.append(errorResponse(r))
	}
	return ok
}

func (c *conn) lingering() *lingering {
	c.within(c.s.LingerTime)
	c.live = false
	c.releaseIn()
	return (*lingering)(c)
}

func (f *lingering) Poll(cx *future.Context) (none struct{}, err error) {
	c := (*conn)(f)
	if err := c.c.CloseWrite(); err != nil {
		return none, err
	}
	for c.unread <= lingerBytes {
		if err := c.read(cx); err == future.NotReady {
			return none, c.wait(cx)
		} else if err != nil {
			return none, err
		}
		c.unread += len(c.in.b)
		c.in.b = c.in.b[:0]
	}
	return none, nil
}
