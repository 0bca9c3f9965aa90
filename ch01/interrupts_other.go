//go:build !linux

package main

import (
	"context"
	"errors"
	"fmt"
)

func runInterrupts(context.Context, *Env) error {
	return fmt.Errorf("interrupts: Linux only (it reads /proc/interrupts): %w", errors.ErrUnsupported)
}
