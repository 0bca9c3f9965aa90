package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"ch04/kit"
	"ch04/kit/delay"
)

var delayserverAddr string

func delayserverFlags(fs *flag.FlagSet) {
	fs.StringVar(&delayserverAddr, "addr", "localhost:8080", "listen at `host:port`")
}

// delayserver serves until the process is ended; a test ends ctx instead.
func delayserver(ctx context.Context, env *kit.Env) error {
	if len(env.Args) > 0 {
		return kit.Usagef("delayserver takes no argument, got %q", env.Args[0])
	}
	s, err := delay.Start(delayserverAddr, env.Out)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Out, "http://%v/[delay in ms]/[URL-encoded message]\nanswers with the message after the delay. Ctrl-C ends it.\n", s.Addr())
	if err == nil { // else nobody knows where it is
		<-ctx.Done()
	}
	return errors.Join(err, s.Close())
}
