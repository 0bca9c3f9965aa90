package main

import (
	"context"
	"fmt"
	"runtime"
	"text/tabwriter"
	"time"

	"ch07/future"
	"ch07/kit"
)

// longest makes requests in a loop, and keeps something from one to the next. It
// doesn't matter where on its stack a coroutine waits: here that is in a function that it
// calls. (corofy would refuse this: it isn't asked, since the file has no build tag.)
func longest(s *session, n int) future.Future[string] {
	return future.Async(func(co *future.Co) (string, error) {
		var found string
		for i := range n {
			txt, err := fetch(co, s, i)
			if err != nil {
				return "", err
			}
			if b := body(txt); len(b) >= len(found) {
				found = b
			}
		}
		return found, nil
	})
}

func fetch(co *future.Co, s *session, i int) (string, error) {
	return future.Wait(co, s.get(s.path(i)))
}

func stackful(_ context.Context, env *kit.Env) error {
	s, err := env.session()
	if err != nil {
		return err
	}
	defer s.close()
	err = s.run(future.Async(func(co *future.Co) (struct{}, error) {
		txt, err := future.Wait(co, longest(s, 3))
		if err == nil {
			fmt.Fprintf(env.Out, "the longest and last of three: %q\n", txt)
		}
		return struct{}{}, err
	}))
	if err != nil {
		return err
	}

	const n = 10_000
	fmt.Fprintf(env.Out, "\nwhat one of %d suspended coroutines costs:\n", n)
	w := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "type\tbytes\tmake and first poll\tlater polls")
	kinds := map[string]bool{} // with -tags stackful both are of one
	for _, suspend := range []func(future.Future[int]) future.Future[int]{suspend, suspendStackful} {
		kind := fmt.Sprintf("%T", suspend(never{}))
		if !kinds[kind] {
			c := weigh(n, suspend)
			fmt.Fprintf(w, "%s\t%d\t%v\t%v\n", kind, c.bytes, c.first, c.poll)
		}
		kinds[kind] = true
	}
	return w.Flush()
}

// suspendStackful is suspend, in a file that corofy leaves alone.
func suspendStackful(f future.Future[int]) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) {
		return future.Wait(co, f)
	})
}

type never struct{}

func (never) Poll() (int, error) { return 0, future.NotReady }

type cost struct {
	bytes       uint64
	first, poll time.Duration
}

// weigh makes n coroutines that wait for ever.
func weigh(n int, suspend func(future.Future[int]) future.Future[int]) (c cost) {
	pollAll := func(all []future.Future[int]) {
		for _, f := range all {
			f.Poll()
		}
	}
	all := make([]future.Future[int], n)
	before := memory()
	begin := time.Now()
	for i := range all {
		all[i] = suspend(never{})
	}
	pollAll(all)
	c.first = time.Since(begin) / time.Duration(n)
	if now := memory(); now > before {
		c.bytes = (now - before) / uint64(n)
	}
	const rounds = 20
	begin = time.Now()
	for range rounds {
		pollAll(all)
	}
	c.poll = time.Since(begin) / time.Duration(n*rounds)
	for _, f := range all {
		future.Drop(f)
	}
	return c
}

// memory returns how many bytes are in use, on the heap and as stacks.
func memory() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
