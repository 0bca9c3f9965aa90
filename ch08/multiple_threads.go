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
	r, err := env.Requests()
	if err != nil {
		return err
	}
	defer r.Close()
	say := func(line string) {
		if _, body, isResponse := strings.Cut(line, "\r\n\r\n"); isResponse {
			line = body
		}
		fmt.Fprintln(env.Out, line)
	}
	var threads sync.WaitGroup
	errs := make([]error, 12)
	for i := range errs {
		threads.Go(func() {
			ex, err := runtime.Init()
			if err == nil {
				if ex.Log = env.Out; i > 0 {
					ex.Name = fmt.Sprint("exec-", i)
				}
				err = ex.BlockOn(asyncMain(r, say, ex))
			}
			errs[i] = err
		})
	}
	threads.Wait()
	say("")
	return r.Finish(errors.Join(errs...))
}
