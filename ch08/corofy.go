package main

import (
	"context"
	"flag"

	"ch08/corofy"
	"ch08/kit"
)

var corofyOut string

func corofyFlags(fs *flag.FlagSet) {
	fs.StringVar(&corofyOut, "o", "", "write to `file`, instead of FILE_corofied.go beside FILE.go")
}

func corofyTool(_ context.Context, env *kit.Env) error {
	if len(env.Args) != 1 {
		return kit.Usagef("corofy: want one file, got %d", len(env.Args))
	}
	return corofy.File(env.Args[0], corofyOut)
}
