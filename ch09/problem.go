package main

import (
	"context"
	"fmt"

	"ch09/future"
	"ch09/kit"
)

// move moves a value to another place in memory. The book's executor does so with a future
// that has been polled. Rust's own trait forbids it, because its poll takes a Pin.
func move[T any](p *T) *T {
	q := *p
	return &q
}

// A mover polls a frame, and moves it once between two polls, when the first response is
// in the buffer.
type mover struct {
	frame, old *selfReference
}

func (m *mover) Poll(w future.Waker) (struct{}, error) {
	_, err := m.frame.Poll(w)
	if m.old == nil && m.frame.state == wait2 {
		m.old, m.frame = m.frame, move(m.frame)
		m.frame.say("\nNow the frame moves.\n" + picture(m.old, m.frame))
	}
	return struct{}{}, err
}

func (m *mover) Drop() { m.frame.Drop() }

// picture shows where two frames are, and where their pointers point to.
func picture(old, now *selfReference) string {
	return fmt.Sprintf(`
          old frame, at %p
  +-----> buffer  %p   %d bytes
  |  +--- writer  %p
  |  |
  +--+    new frame, at %p
  |       buffer  %p   %d bytes
  +------ writer  %p
`, old, &old.buffer, len(old.buffer), old.writer, now, &now.buffer, len(now.buffer), now.writer)
}

func problem(_ context.Context, env *kit.Env) error {
	return run(env, func(r *kit.Requests, say func(string)) error {
		m := &mover{frame: &selfReference{r: r, say: say}}
		err := blockOn(env.Out, m)
		switch {
		case err != nil:
		case m.old == nil:
			say("The frame didn't move: the second response was there at once. Try a lower -speed.")
		case m.old.buffer != m.frame.buffer:
			say(fmt.Sprintf("The writer went on writing into the old frame. What was printed is the new frame's buffer: %d bytes of %d.",
				len(m.frame.buffer), len(m.old.buffer)))
		}
		return err
	})
}
