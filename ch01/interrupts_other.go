//go:build !linux

package main

import (
	"context"
	"errors"
	"fmt"

	"ch01/kit"
)

func runInterrupts(context.Context, *kit.Env) error {
	return fmt.Errorf("interrupts: Linux only (it reads /proc/interrupts): %w", errors.ErrUnsupported)
}
