package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"ch03/kit"
)

// A message is sent by the server a delay after all readers have connected.
type message struct {
	text  string
	delay time.Duration
}

var messages = []message{
	{"message 1", 300 * time.Millisecond},
	{"message 2", 200 * time.Millisecond},
	{"message 3", 100 * time.Millisecond},
}

// gate, which only tests set, makes the order independent of the clock. The
// server then sends a message as soon as the one before it was received.
var gate chan time.Time

// serve is the slow other end of the examples. It uses package net, because
// the examples are about the reader. It accepts a connection for each message,
// in the order of messages. Then it sends them, the one with the shortest
// delay first, and closes each connection after its message. It ends early,
// without an error, when ctx does.
func serve(ctx context.Context, env *kit.Env, l net.Listener) error {
	defer context.AfterFunc(ctx, func() { l.Close() })()
	defer l.Close() // or a reader whose connection isn't accepted would wait without end
	var conns []*net.TCPConn
	var order []int
	for i := range messages {
		c, err := l.Accept()
		switch {
		case err != nil && ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("server: %w", err)
		}
		tcp := c.(*net.TCPConn)
		defer func() { // tcp is closed already, unless something failed
			tcp.SetLinger(0) // a reset, because a mere end would look like an empty message
			tcp.Close()
		}()
		conns, order = append(conns, tcp), append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(messages[a].delay, messages[b].delay) })
	start := time.Now()
	for n, i := range order {
		ready := time.After(time.Until(start.Add(env.Delay(messages[i].delay))))
		if gate != nil && n > 0 {
			ready = gate
		}
		select {
		case <-ready:
		case <-ctx.Done():
			return nil
		}
		_, err := conns[i].Write([]byte(messages[i].text))
		if err := errors.Join(err, conns[i].Close()); err != nil {
			return fmt.Errorf("server: %w", err)
		}
	}
	return nil
}
