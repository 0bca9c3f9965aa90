package main

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"ch06/future"
	"ch06/http"
	"ch06/kit"
)

// twice is a future made of two others, by hand. What it has to do is its own
// state, and what it waits for is its child's: it never waits by itself.
type twice struct {
	addr   netip.AddrPort
	delay  time.Duration
	child  future.Future[string] // nil before the first poll, and when done
	second bool                  // it is the second GET
	first  string                // body of the first response, once it is there
	done   bool
	log    func(format string, a ...any)
}

func (t *twice) Poll() (string, error) {
	if t.done {
		panic(future.PolledAfterCompletion)
	}
	if t.child == nil {
		t.log("first poll: the first GET begins")
		t.child = t.get("Hello")
	}
	for {
		txt, err := t.child.Poll()
		if err == future.NotReady {
			return "", future.NotReady
		}
		t.child = nil
		if err != nil {
			t.done = true
			return "", err
		}
		_, body, _ := strings.Cut(txt, "\r\n\r\n")
		if t.second {
			t.done = true
			t.log("the second response is there: %q", body)
			return t.first + " " + body, nil
		}
		t.first, t.second = body, true
		t.log("the first response is there: %q. The second GET is made of it", body)
		t.child = t.get(body + "-again")
		// Around once more: a child that has never been polled has not begun.
	}
}

func (t *twice) get(message string) future.Future[string] {
	return http.Get(t.addr, fmt.Sprintf("/%d/%s", t.delay.Milliseconds(), message))
}

// Drop passes on to whichever child is pending.
func (t *twice) Drop() {
	t.done = true
	if t.child != nil {
		future.Drop(t.child)
		t.child = nil
	}
}

func nonLeaf(_ context.Context, env *kit.Env) error {
	addr, stop, err := env.delayServer()
	if err != nil {
		return err
	}
	defer stop()
	begin, polls := time.Now(), 0
	var rows kit.Timeline
	t := &twice{addr: addr, delay: env.Delay(300 * time.Millisecond)}
	t.log = func(format string, a ...any) {
		at := time.Since(begin)
		fmt.Fprintf(env.Out, "%10v  %s\n", kit.Round(at), fmt.Sprintf(format, a...))
		if n := len(rows); n > 0 {
			rows[n-1].end = at
		}
		if len(rows) < 2 {
			rows = append(rows, kit.Row{Label: fmt.Sprintf("GET %d", len(rows)+1), Start: at})
		}
	}
	for {
		polls++
		txt, err := t.Poll()
		if err == future.NotReady {
			time.Sleep(env.Delay(10 * time.Millisecond))
			continue
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(env.Out, "\n%q after %d polls of one future\n\n", txt, polls)
		rows.Print(env.Out)
		return nil
	}
}
