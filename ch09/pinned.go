package main

import (
	"context"
	"fmt"

	"ch09/future"
	"ch09/kit"
)

// noCopy has "go vet" complain about every copy of a struct that has one, since it looks like a
// lock. See sync.Cond, in Go's own source.
type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}

// A pinnedReference is a selfReference that must not be moved once it has been polled. See
// strings.Builder, which finds out in the same way.
type pinnedReference struct {
	_    noCopy
	self *pinnedReference // nil before the first poll
	selfReference
}

const wasCopied = "future: coroutine copied after first poll"

// Poll panics if the frame isn't where it was when it was polled first. The check costs one comparison.
func (c *pinnedReference) Poll(w future.Waker) (struct{}, error) {
	if c.self == nil {
		c.self = c
	} else if c.self != c {
		panic(wasCopied)
	}
	return c.selfReference.Poll(w)
}

func pinned(_ context.Context, env *kit.Env) error {
	s, err := env.session()
	if err != nil {
		return err
	}
	defer s.close()
	fmt.Fprintln(env.Out, "unmoved:")
	err = s.blockOn(&pinnedReference{selfReference: selfReference{s: s}})
	if err == nil {
		fmt.Fprintln(env.Out, "\nmoved after the first poll:")
		err = s.moved()
	}
	return s.finish(err)
}

// moved runs a frame that is moved, and says how it panicked.
func (s *session) moved() (err error) {
	defer func() {
		if p := recover(); p == wasCopied {
			fmt.Fprintf(s.env.Out, "panic: %v\n", p)
		} else if p != nil {
			panic(p)
		}
	}()
	return s.blockOn(&pinnedMover{&pinnedReference{selfReference: selfReference{s: s}}})
}

// A pinnedMover moves its frame after every poll. No vet can see it: what move does, it does with
// any type.
type pinnedMover struct{ *pinnedReference }

func (m *pinnedMover) Poll(w future.Waker) (struct{}, error) {
	_, err := m.pinnedReference.Poll(w)
	m.pinnedReference = move(m.pinnedReference)
	return struct{}{}, err
}
