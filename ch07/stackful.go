package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"ch07/bench"
	"ch07/future"
	"ch07/kit"
)

// longest makes requests in a loop. A coroutine on a stack may wait anywhere, here in a function that
// it calls. corofy would refuse that, but leaves this file alone, because the file has no
// build tag.
func longest(r *kit.Requests, say func(string)) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		var found string
		for i := range 3 {
			body, err := fetch(co, r, i)
			if err != nil {
				return struct{}{}, err
			}
			if len(body) >= len(found) {
				found = body
			}
		}
		say(fmt.Sprintf("the longest and last of three: %q", found))
		return struct{}{}, nil
	})
}

func fetch(co *future.Co, r *kit.Requests, i int) (string, error) {
	txt, err := future.Wait(co, hello(r, i))
	return body(txt), err
}

func stackful(_ context.Context, env *kit.Env) error {
	if err := run(env, longest, func() { time.Sleep(env.Delay(10 * time.Millisecond)) }); err != nil {
		return err
	}
	const n = 10_000
	fmt.Fprintf(env.Out, "\nwhat one of %d suspended coroutines costs:\n", n)
	w := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "type\tbytes\tmake and first poll\tlater polls")
	for _, suspend := range []func(future.Future[int]) future.Future[int]{suspend, suspendStackful} {
		c := bench.Weigh(n, suspend)
		fmt.Fprintf(w, "%T\t%d\t%v\t%v\n", suspend(bench.Never{}), c.Bytes, c.First, c.Poll)
	}
	return w.Flush()
}

// suspendStackful is suspend, in a file that corofy leaves alone.
func suspendStackful(f future.Future[int]) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) {
		return future.Wait(co, f)
	})
}
