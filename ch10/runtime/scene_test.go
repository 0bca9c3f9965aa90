package runtime_test

import (
	"context"
	"testing"
	"time"

	"ch10/future"
	"ch10/runtime"
)

// A scene is where one future is made, polled and dropped.
type scene struct {
	t        *testing.T
	rt       *runtime.Runtime
	children []*child
	ctxs     []context.Context // of functions of Blocking
	unwound  int
	silent   bool // the future doesn't mind a Poll after Drop
}

// A child is ready at poll number n, or never; and isn't woken.
type child struct {
	probe
	last error // what the last poll returned
}

func (c *child) Poll(cx *future.Context) (struct{}, error) {
	_, c.last = c.probe.Poll(cx)
	return struct{}{}, c.last
}

func (s *scene) child(n int) *child {
	c := &child{}
	c.do = func(poll int, _ *future.Context) error {
		if c.drops > 0 || poll > n && n > 0 {
			s.t.Error("polled after the end")
		}
		if poll == n {
			return nil
		}
		return future.NotReady
	}
	s.children = append(s.children, c)
	return c
}

type unit = future.Future[struct{}]

// combinators has one future of every kind. None is ready before its third poll, or for an hour.
var combinators = map[string]func(s *scene) unit{
	"Sleep":                func(s *scene) unit { return runtime.Sleep(time.Hour) },
	"Sleep of no time":     func(s *scene) unit { return runtime.Sleep(0) },
	"Yield":                func(s *scene) unit { s.silent = true; return runtime.Yield() },
	"Timeout":              func(s *scene) unit { return runtime.Timeout(time.Hour, unit(s.child(0))) },
	"Timeout of no time":   func(s *scene) unit { return runtime.Timeout(0, unit(s.child(0))) },
	"Timeout, child first": func(s *scene) unit { return runtime.Timeout(time.Hour, unit(s.child(3))) },
	"Select": func(s *scene) unit {
		return none[runtime.Selected[struct{}]]{runtime.Select[struct{}](s.child(4), s.child(3), runtime.Sleep(time.Hour), s.child(3))}
	},
	"Send":         func(s *scene) unit { return runtime.NewChan[int](0).Send(1) },
	"Send to many": func(s *scene) unit { return sendAndReceive(s, 3) },
	"Recv":         func(s *scene) unit { return none[int]{runtime.NewChan[int](3).Recv()} },
	"Blocking":     blockUntilDropped,
	"JoinHandle": func(s *scene) unit {
		s.silent = true
		return runtime.Spawn[struct{}](s.rt, s.child(0))
	},
	"JoinHandle of one that is done": func(s *scene) unit {
		s.silent = true
		return runtime.Spawn[struct{}](s.rt, s.child(1))
	},
	"Async": func(s *scene) unit {
		return future.Async(func(co *future.Co) (struct{}, error) {
			defer func() { s.unwound++ }()
			s.unwound--
			_, err := future.Wait(co, runtime.Timeout(time.Hour, unit(s.child(3))))
			if err == nil {
				_, err = future.Wait(co, runtime.Sleep(time.Hour))
			}
			return struct{}{}, err
		})
	},
	"IO": func(s *scene) unit {
		stream, _ := pair(s.t)
		return none[byte]{&reader{stream: stream}}
	},
	"IO that is ready": func(s *scene) unit {
		stream, peer := pair(s.t)
		send(s.t, peer, "a")
		return none[byte]{&reader{stream: stream}}
	},
}

func init() {
	combinators["JoinAll of all"] = func(s *scene) unit { return none[[]struct{}]{future.JoinAll(one(s)...)} }
	combinators["Select of all"] = func(s *scene) unit {
		return none[runtime.Selected[struct{}]]{runtime.Select(append(one(s), s.child(0), s.child(0))...)}
	}
	combinators["Timeout of all, in a task"] = func(s *scene) unit {
		all := future.JoinAll(one(s)...)
		s.silent = true
		return runtime.Spawn(s.rt, runtime.Timeout[struct{}](time.Hour, none[[]struct{}]{all}))
	}
}

// one of each kind.
func one(s *scene) (fs []unit) {
	for _, name := range []string{"Sleep", "Yield", "Timeout", "Timeout of no time", "Select", "Send", "Send to many", "Recv",
		"Blocking", "JoinHandle", "JoinHandle of one that is done", "Async", "IO"} {
		fs = append(fs, combinators[name](s))
	}
	s.silent = false
	return fs
}

// sendAndReceive has both ends wait in turn.
func sendAndReceive(s *scene, n int) unit {
	c := runtime.NewChan[int](1)
	sends := future.Async(func(co *future.Co) (struct{}, error) {
		for i := range n {
			future.Wait(co, runtime.Yield())
			if _, err := future.Wait(co, c.Send(i)); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	receives := future.Async(func(co *future.Co) (struct{}, error) {
		for range n + 1 { // the last one waits
			if _, err := future.Wait(co, c.Recv()); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	return none[[]struct{}]{future.JoinAll(sends, receives)}
}

func blockUntilDropped(s *scene) unit {
	i := len(s.ctxs)
	s.ctxs = append(s.ctxs, nil)
	started := make(chan context.Context, 1)
	f := runtime.Blocking(func(ctx context.Context) (struct{}, error) {
		started <- ctx
		<-ctx.Done()
		return struct{}{}, ctx.Err()
	})
	return &blockingProbe{f, func() { s.ctxs[i] = <-started }}
}

// A blockingProbe calls started once the function runs.
type blockingProbe struct {
	unit
	started func()
}

func (b *blockingProbe) Poll(cx *future.Context) (struct{}, error) {
	v, err := b.unit.Poll(cx)
	if b.started != nil {
		b.started()
		b.started = nil
	}
	return v, err
}

func (b *blockingProbe) Drop() { future.Drop(b.unit) }
