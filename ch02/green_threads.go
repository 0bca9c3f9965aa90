package main

import (
	"context"

	"ch02/kit"
)

// onGoroutine runs f on a goroutine: a thread that the language's runtime
// provides. The system knows nothing of it.
func onGoroutine(f func()) { go f() }

// greenThreads is osThreads with one word changed. A sleeping goroutine leaves
// its thread to others; Go's scheduler takes the kernel's place.
func greenThreads(_ context.Context, env *kit.Env) error { return threads(env, onGoroutine) }
