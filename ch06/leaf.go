package main

import (
	"context"
	"fmt"
	"time"

	"ch06/future"
	"ch06/http"
	"ch06/kit"
)

// leaf polls one future and waits in between. It does by hand what a runtime
// does for a future.
func leaf(_ context.Context, env *kit.Env) error {
	r, err := env.Requests()
	if err != nil {
		return err
	}
	defer r.Close()
	get := http.Get(r.Addr, r.Path(600*time.Millisecond, "HelloFuture"))
	fmt.Fprintln(env.Out, "The future is there. Nothing has been sent: futures are lazy.")

	begin := time.Now()
	for n := 1; ; n++ {
		txt, err := get.Poll()
		at := kit.Round(time.Since(begin))
		if err == future.NotReady {
			fmt.Fprintf(env.Out, "%10v  poll %d: NotReady\n", at, n)
			time.Sleep(env.Delay(100 * time.Millisecond))
			continue
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(env.Out, "%10v  poll %d: ready\n\n%s\n\n", at, n, txt)
		kit.Timeline{{Label: "GET", End: at}}.Print(env.Out)
		return nil
	}
}
