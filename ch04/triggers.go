package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"time"

	"ch04/kit"
	"ch04/poll"
	"ch04/tcp"
)

var triggersBytes int

func triggersFlags(fs *flag.FlagSet) {
	fs.IntVar(&triggersBytes, "n", 8, "unread `bytes`, 1 to 1000")
}

// triggers reads n bytes, one after each event, from a socket that is watched
// level-triggered, and then from one that is watched edge-triggered.
func triggers(_ context.Context, env *kit.Env) error {
	n := triggersBytes
	if n < 1 || n > 1000 {
		return kit.Usagef("-n %d: want 1 to 1000", n)
	}
	fmt.Fprintf(env.Out, "%d bytes arrive; one is read after each event\n\n", n)
	for _, way := range []struct {
		name     string
		interest poll.Interest
	}{
		{"level-triggered", poll.Readable | poll.Level},
		{"edge-triggered", poll.Readable},
	} {
		c, err := countEvents(n, way.interest, env.Delay(200*time.Millisecond))
		if err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
		fmt.Fprintf(env.Out, "%-16s %3d event(s), then silence with %d bytes unread\n", way.name+":", c.events, c.unread)
		fmt.Fprintf(env.Out, "%-16s %3d event when 1 byte more arrives after those are read\n", "", c.more)
	}
	fmt.Fprintln(env.Out, "\nan edge is the news that something has arrived:\nwhoever gets it reads until the read would block")
	return nil
}

type triggerCount struct{ events, unread, more int }

// countEvents watches one end of a connection into which the other writes n
// bytes at once. It gives up on an event that hasn't come within silence.
func countEvents(n int, i poll.Interest, silence time.Duration) (c triggerCount, err error) {
	stream, peer, err := connection()
	if err != nil {
		return c, err
	}
	defer stream.Close()
	defer peer.Close()
	p, err := poll.New()
	if err != nil {
		return c, err
	}
	defer p.Close()
	if _, err := peer.Write(make([]byte, n)); err != nil {
		return c, err
	}
	if err := p.Registry().Register(stream, 0, i); err != nil {
		return c, err
	}
	events, limit := make([]poll.Event, 1), patience // the first event is sure to come, but may be late
	for {
		k, err := p.Poll(events, limit)
		if err != nil {
			return c, err
		}
		if k == 0 {
			break
		}
		if k, err = stream.Read(make([]byte, 1)); err != nil && err != tcp.ErrWouldBlock {
			return c, err
		}
		if k > 0 { // the event wasn't spurious
			c.events++
			limit = silence
		}
	}
	for err == nil { // reads the rest, because a read that would block must come before the next edge
		var k int
		k, err = stream.Read(make([]byte, 1024))
		c.unread += k
	}
	if err != tcp.ErrWouldBlock {
		return c, err
	}
	if _, err := peer.Write(make([]byte, 1)); err != nil {
		return c, err
	}
	c.more, err = p.Poll(events, patience)
	return c, err
}

// connection returns both ends of a connection on the loopback interface: one
// that never blocks, and an ordinary one.
func connection() (*tcp.Stream, io.WriteCloser, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	stream, err := tcp.Dial(l.Addr().(*net.TCPAddr).AddrPort())
	if err != nil {
		return nil, nil, err
	}
	peer, err := l.Accept()
	if err != nil {
		stream.Close()
		return nil, nil, err
	}
	return stream, peer, nil
}
