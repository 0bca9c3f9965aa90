package main

import (
	"context"
	"flag"

	"ch10/corofy"
)

var corofyOut string

func corofyFlags(fs *flag.FlagSet) {
	fs.StringVar(&corofyOut, "o", "", "write to `file`, instead of FILE_corofied.go beside FILE.go")
}

func corofyTool(_ context.Context, env *Env) error {
	if len(env.Args) != 1 {
		return usagef("corofy: want one file, got %d", len(env.Args))
	}
	return corofy.File(env.Args[0], corofyOut)
}
