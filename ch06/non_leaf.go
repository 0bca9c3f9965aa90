package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ch06/future"
	"ch06/http"
	"ch06/kit"
)

// twice is a future made of two others, by hand. Its own state says which request it is at. Its
// child is the future that it waits for.
type twice struct {
	r      *kit.Requests
	log    func(format string, a ...any)
	child  future.Future[string] // nil before the first poll, and when done
	second bool                  // child is the second GET
	first  string                // body of the first response, once it has come
	done   bool
}

func (t *twice) Poll() (string, error) {
	if t.done {
		panic(future.PolledAfterCompletion)
	}
	if t.child == nil {
		t.log("first poll: the first GET begins")
		t.child = t.get("GET 1", "Hello")
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
		t.child = t.get("GET 2", body+"-again")
		// Around once more, because a child that has never been polled has not begun.
	}
}

// get returns the future of one GET. Observe adds its row to the timeline.
func (t *twice) get(label, message string) future.Future[string] {
	return future.Observe(http.Get(t.r.Addr, t.r.Path(300*time.Millisecond, message)),
		func() func(error) { return t.r.Row(label) })
}

// Drop drops the pending child.
func (t *twice) Drop() {
	t.done = true
	if t.child != nil {
		future.Drop(t.child)
		t.child = nil
	}
}

func nonLeaf(_ context.Context, env *kit.Env) error {
	r, err := env.Requests()
	if err != nil {
		return err
	}
	defer r.Close()
	t := &twice{r: r, log: func(format string, a ...any) {
		fmt.Fprintf(env.Out, "%10v  %s\n", kit.Round(time.Since(r.Begin)), fmt.Sprintf(format, a...))
	}}
	for polls := 1; ; polls++ {
		txt, err := t.Poll()
		if err == future.NotReady {
			time.Sleep(env.Delay(10 * time.Millisecond))
			continue
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(env.Out, "\n%q after %d polls of one future\n\n", txt, polls)
		return r.Finish(nil)
	}
}
