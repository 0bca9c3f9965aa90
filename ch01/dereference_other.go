//go:build !amd64 && !arm64

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"runtime"

	"ch01/kit"
)

func badPointerFlags(*flag.FlagSet) {}

func runDereference(context.Context, *kit.Env) error { return noAssembly("dereference") }
func runBadPointer(context.Context, *kit.Env) error  { return noAssembly("bad-pointer") }

func noAssembly(name string) error {
	return fmt.Errorf("%s: written in assembly for amd64 and arm64 only, this is %s: %w", name, runtime.GOARCH, errors.ErrUnsupported)
}
