package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"ch04/kit"
	"ch04/poll"
)

var wouldBlockFlags struct{ size int }

func wouldBlockFlagSet(fs *flag.FlagSet) {
	fs.IntVar(&wouldBlockFlags.size, "size", 4<<20, "`bytes` of the first response, 1 to 16777216")
}

// wouldBlock reads a response that is too large to arrive at once, so that a
// socket that was reported as ready answers EAGAIN in the middle of it. When
// the reader was always slower than the network, it tries a larger one.
func wouldBlock(_ context.Context, env *kit.Env) error {
	size := wouldBlockFlags.size
	if size < 1 || size > 16<<20 {
		return kit.Usagef("-size %d: want 1 to %d", size, 16<<20)
	}
	addr, stop, err := env.delayServer()
	if err != nil {
		return err
	}
	defer stop()
	begin := time.Now()
	var rows kit.Timeline
	dry := false
	for ; !dry; size *= 2 {
		r := kit.Row{Label: fmt.Sprintf("%d bytes", size), Start: time.Since(begin)}
		g := newGet(addr, fmt.Sprintf("/0/w?size=%d", size))
		if err := readLarge(g); err != nil {
			return err
		}
		r.end = time.Since(begin)
		rows = append(rows, r)
		fmt.Fprintf(env.Out, "%d bytes asked for: %d arrived in %d reads, and in between a read would have blocked %d time(s)\n",
			size, len(g.body), g.reads, g.dry)
		if len(g.body) != size {
			return getError(addr, g.path, fmt.Errorf("%d bytes arrived, want %d", len(g.body), size))
		}
		if dry = g.dry > 0; !dry && size > maxResponse/4 {
			fmt.Fprintln(env.Out, "\nthe reader was never faster than the network: run it again")
			break
		}
	}
	fmt.Fprintln(env.Out, "\nready means that a read is worth a try, not that all has arrived")
	rows.Print(env.Out)
	return nil
}

func readLarge(g *get) error {
	p, err := poll.New()
	if err != nil {
		return err
	}
	defer p.Close()
	g.start(p.Registry(), 0)
	return serve(io.Discard, p, []*get{g}, patience, func(int) {})
}
