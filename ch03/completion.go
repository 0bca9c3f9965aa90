package main

import (
	"context"

	"ch03/kit"
)

// completion runs complete, which each system has its own of. It hands the kernel the reads themselves, each with its buffer, and
// sleeps until some of them are done. Where readiness says "you may read now",
// completion says "it has been read": there is no EAGAIN, and no read(2).
func completion(_ context.Context, env *kit.Env) error {
	return receive(env, "completion", func(in *inbox) error {
		return in.onThreads(1, func(int) error { return complete(in) })
	})
}
