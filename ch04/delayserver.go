package main

import (
	"context"
	"flag"
	"fmt"

	"ch04/kit"
	"ch04/kit/delay"
)

var delayserverFlags struct{ addr string }

func delayserverFlagSet(fs *flag.FlagSet) {
	fs.StringVar(&delayserverFlags.addr, "addr", "localhost:8080", "listen at `host:port`")
}

// delayserver serves until the process is ended; a test ends ctx instead.
func delayserver(ctx context.Context, env *kit.Env) error {
	if len(env.Args) > 0 {
		return kit.Usagef("delayserver takes no argument, got %q", env.Args[0])
	}
	s, err := delay.Start(delayserverFlags.addr, env.Out)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "http://%v/[delay in ms]/[URL-encoded message]\n", s.Addr())
	fmt.Fprintf(env.Out, "answers with the message after the delay. Ctrl-C ends it.\n")
	<-ctx.Done()
	return s.Close()
}
