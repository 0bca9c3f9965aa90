package main

import (
	"context"

	"ch02/kit"
)

// onGoroutine runs f on a goroutine, a thread that Go's runtime provides. The
// system doesn't know of it.
func onGoroutine(f func()) { go f() }

// greenThreads is osThreads with one word changed. Go's scheduler takes the
// kernel's place, and a sleeping goroutine leaves its thread to others.
func greenThreads(_ context.Context, env *kit.Env) error { return threads(env, onGoroutine) }
