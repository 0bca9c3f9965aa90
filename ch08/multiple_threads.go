package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"ch08/future"
	"ch08/kit"
	"ch08/runtime"
)

// multipleThreads runs what concurrent runs, on twelve threads at once.
func multipleThreads(_ context.Context, env *kit.Env) error {
	s, err := env.session()
	if err != nil {
		return err
	}
	defer s.close()
	s.brief = true
	mainTask := func(ex *runtime.Executor) future.Future[struct{}] { return asyncMain(s, ex) }

	var threads sync.WaitGroup
	errs := make([]error, 12)
	for i := 1; i < len(errs); i++ {
		threads.Go(func() { errs[i] = s.blockOn(fmt.Sprintf("exec-%d", i), mainTask) })
	}
	errs[0] = s.blockOn("main", mainTask)
	threads.Wait()
	return s.finish(errors.Join(errs...))
}
