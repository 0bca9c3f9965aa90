package main

import (
	"context"
	"fmt"

	"ch09/future"
	"ch09/kit"
)

// noCopy makes "go vet" complain about every copy of a struct that has one, because it looks like a
// lock. See sync.Cond, in Go's own source.
type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}

// A pinnedReference is a selfReference that must not be moved after its first poll. See
// strings.Builder, which checks in the same way.
type pinnedReference struct {
	_    noCopy
	self *pinnedReference // nil before the first poll
	selfReference
}

const wasCopied = "future: coroutine copied after first poll"

// Poll panics if the frame isn't where it was at its first poll. The check costs one comparison.
func (c *pinnedReference) Poll(w future.Waker) (struct{}, error) {
	if c.self == nil {
		c.self = c
	} else if c.self != c {
		panic(wasCopied)
	}
	return c.selfReference.Poll(w)
}

func pinned(_ context.Context, env *kit.Env) error {
	return run(env, func(r *kit.Requests, say func(string)) error {
		frame := func() *pinnedReference { return &pinnedReference{selfReference: selfReference{r: r, say: say}} }
		say("unmoved:")
		if err := blockOn(env.Out, frame()); err != nil {
			return err
		}
		say("\nmoved after the first poll:")
		defer func() {
			if p := recover(); p != nil {
				say(fmt.Sprint("panic: ", p))
			}
		}()
		return blockOn(env.Out, &pinnedMover{frame()})
	})
}

// A pinnedMover moves its frame after every poll. go vet can't see that, because move takes
// any type.
type pinnedMover struct{ *pinnedReference }

func (m *pinnedMover) Poll(w future.Waker) (struct{}, error) {
	_, err := m.pinnedReference.Poll(w)
	m.pinnedReference = move(m.pinnedReference)
	return struct{}{}, err
}
