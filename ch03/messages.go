package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
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

// gate, which only tests set, makes order independent of the clock: the server
// then sends a message when the one before it was received.
var gate chan struct{}

// A server is the slow other end of the examples. It is built on package net:
// the example is the reader.
type server struct {
	addrs     []netip.AddrPort // of one message each
	listeners []net.Listener
	stopping  chan struct{}
	done      chan error
}

func startServer(env *kit.Env) (*server, error) {
	s := &server{stopping: make(chan struct{}), done: make(chan error, 1)}
	for range messages {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			s.closeListeners()
			return nil, fmt.Errorf("start the server: %w", err)
		}
		s.listeners = append(s.listeners, l)
		s.addrs = append(s.addrs, l.Addr().(*net.TCPAddr).AddrPort())
	}
	go func() { s.done <- s.serve(env) }()
	return s, nil
}

// serve accepts a connection for each message, then sends the messages, the
// one with the shortest delay first, and closes each connection behind it.
func (s *server) serve(env *kit.Env) error {
	conns := make([]*net.TCPConn, len(messages))
	defer func() {
		for _, c := range conns {
			if c != nil { // closed already, unless something failed
				c.SetLinger(0) // a reset: a mere end would look like an empty message
				c.Close()
			}
		}
	}()
	var order []int
	for i, l := range s.listeners {
		c, err := l.Accept()
		if err != nil {
			s.closeListeners() // or a reader whose connection isn't accepted waits for ever
			return fmt.Errorf("server: %w", err)
		}
		conns[i], order = c.(*net.TCPConn), append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(messages[a].delay - messages[b].delay) })
	start := time.Now()
	for n, i := range order {
		if err := s.wait(n, time.Until(start.Add(env.Delay(messages[i].delay)))); err != nil {
			return err
		}
		_, err := conns[i].Write([]byte(messages[i].text))
		if err := errors.Join(err, conns[i].Close()); err != nil {
			return fmt.Errorf("server: %w", err)
		}
	}
	return nil
}

// wait waits for d and, after the first n messages, for the gate if there is one.
func (s *server) wait(n int, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.stopping:
		return errStopped
	}
	if gate != nil && n > 0 {
		select {
		case <-gate:
		case <-s.stopping:
			return errStopped
		}
	}
	return nil
}

var errStopped = errors.New("server: stopped")

// stop ends the server, whatever it is doing, and returns how it ended.
func (s *server) stop() error {
	close(s.stopping)
	s.closeListeners()
	return <-s.done
}

func (s *server) closeListeners() {
	for _, l := range s.listeners {
		l.Close()
	}
}
