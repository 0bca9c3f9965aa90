package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"ch04/kit"
	"ch04/poll"
)

var wouldBlockSize int

func wouldBlockFlags(fs *flag.FlagSet) {
	fs.IntVar(&wouldBlockSize, "size", 4<<20, "`bytes` of the first response, 1 to 16777216")
}

// wouldBlock reads a response that is too large to arrive at once. A socket that
// was reported as ready then answers EAGAIN in the middle of the response. If it
// never does, because the reader is slower than the network, wouldBlock asks for
// twice as much.
func wouldBlock(_ context.Context, env *kit.Env) error {
	size := wouldBlockSize
	if size < 1 || size > 16<<20 {
		return kit.Usagef("-size %d: want 1 to %d", size, 16<<20)
	}
	r, err := env.Requests()
	if err != nil {
		return err
	}
	defer r.Close()
	for dry := 0; dry == 0; size *= 2 {
		if size > maxResponse/2 {
			fmt.Fprintln(env.Out, "\nthe reader was never faster than the network: run it again")
			break
		}
		p, err := poll.New()
		if err != nil {
			return err
		}
		defer p.Close()
		g := newGet(r.Addr, fmt.Sprintf("/0/w?size=%d", size), r.Row(fmt.Sprintf("%d bytes", size)))
		g.start(p.Registry(), 0)
		if serve(io.Discard, p, []*get{g}, patience); g.err != nil {
			return g.err
		}
		fmt.Fprintf(env.Out, "%d bytes asked for: %d arrived in %d reads, and in between a read would have blocked %d time(s)\n",
			size, len(g.body), g.reads, g.dry)
		if len(g.body) != size {
			return getError(g.addr, g.path, fmt.Errorf("%d bytes arrived, want %d", len(g.body), size))
		}
		dry = g.dry
	}
	fmt.Fprintln(env.Out, "\nready means that a read is worth a try, not that all has arrived")
	return r.Finish(nil)
}
