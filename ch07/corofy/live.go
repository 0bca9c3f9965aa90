package corofy

import "maps"

// An event is what a step does with a variable.
type event struct {
	of   *variable
	what what
}

type what int

const (
	reads  what = iota
	writes      // assigns to it, which may be in a branch
	starts      // declares it, or assigns to it in any case: what it was before doesn't matter
)

// liveness finds out which variables matter when a step begins: those that some way
// from there reads before it starts them anew. It is the textbook's backward data flow.
func (c *coroutine) liveness() {
	for _, s := range c.states {
		s.live = map[*variable]bool{}
	}
	for changed := true; changed; {
		changed = false
		for i := len(c.states) - 1; i >= 0; i-- {
			s := c.states[i]
			live := c.liveIn(s)
			if !maps.Equal(live, s.live) {
				s.live, changed = live, true
			}
		}
	}
	c.forget()
}

// liveIn goes from the end of a step to its beginning.
func (c *coroutine) liveIn(s *state) map[*variable]bool {
	live := map[*variable]bool{}
	for i := len(s.events); i >= 0; i-- {
		for _, e := range s.exits {
			if e.at == i {
				maps.Copy(live, e.to.live)
			}
		}
		if i == 0 {
			break
		}
		switch e := s.events[i-1]; {
		case e.what == starts:
			delete(live, e.of)
		case e.what == reads || e.of.box || e.of.kind == shared: // to write to a box takes the box
			live[e.of] = true
		}
	}
	if c.hasDefers { // a step may panic, and a deferred call recover: then they are returned as they are
		for _, v := range c.results {
			live[v] = true
		}
	}
	return live
}

// forget finds out what a step that begins with a wait has to clear before: variables that may
// have a value, but one that nobody wants any more. Nothing is cleared twice.
func (c *coroutine) forget() {
	held := map[*state]map[*variable]bool{}
	for _, s := range c.states {
		held[s] = map[*variable]bool{}
		s.dead = map[*variable]bool{}
	}
	for _, v := range c.order {
		if v.kind == captured || v.kind == shared {
			held[c.states[0]][v] = true
		}
	}
	for changed := true; changed; {
		changed = false
		for _, s := range c.states {
			out := maps.Clone(held[s])
			if s.waits {
				for v := range out {
					if !s.live[v] {
						delete(out, v)
						s.dead[v] = true
					}
				}
			}
			for _, e := range s.events {
				if e.what != reads {
					out[e.of] = true
				}
			}
			for _, e := range s.exits {
				for v := range out {
					if !held[e.to][v] {
						held[e.to][v], changed = true, true
					}
				}
			}
		}
	}
}
