package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"ch08/kit"
	"ch08/runtime"
)

// multipleThreads runs what concurrent runs, on twelve threads at once.
func multipleThreads(_ context.Context, env *kit.Env) error {
	return run(env, func(r *kit.Requests, say func(string)) error {
		sayBody := func(line string) {
			if _, body, isResponse := strings.Cut(line, "\r\n\r\n"); isResponse {
				line = body
			}
			say(line)
		}
		var threads sync.WaitGroup
		errs := make([]error, 12)
		for i := range errs {
			threads.Go(func() {
				ex, err := runtime.Init()
				if err != nil {
					errs[i] = err
					return
				}
				ex.Log = env.Out
				if i > 0 {
					ex.Name = fmt.Sprint("exec-", i)
				}
				errs[i] = ex.BlockOn(asyncMain(r, sayBody, ex))
			})
		}
		threads.Wait()
		return errors.Join(errs...)
	})
}
