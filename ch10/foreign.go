package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"ch10/future"
	"ch10/kit"
	"ch10/runtime"
)

// Package corofy leaves this file alone, because it has no build tag. So its Async bodies run on stacks of their own. All
// kinds of futures mix: they wait for one that Blocking returns, and for one that is written by hand.

// These are also the limits of our own http.Get.
const (
	maxBody  = 64 << 20 // bytes
	patience = 30 * time.Second
)

// A fetcher makes requests with the client of net/http, which knows nothing of our runtime.
type fetcher struct {
	*kit.Requests
	env    *kit.Env
	client http.Client
}

func newFetcher(env *kit.Env, r *kit.Requests) *fetcher {
	return &fetcher{r, env, http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}}
}

// fetch returns a future of the message. Blocking calls do in a goroutine of its own, which waits in Go's
// own event queue. When do returns, Blocking wakes the task. Drop ends ctx, and so the request.
func (f *fetcher) fetch(d time.Duration, message string) future.Future[string] {
	path := f.Path(d, message)
	return runtime.Blocking(func(ctx context.Context) (string, error) {
		body, err := f.do(ctx, path)
		if err != nil {
			return "", fmt.Errorf("GET %v%s: %w", f.Addr, path, err)
		}
		return string(body), nil
	})
}

func (f *fetcher) do(ctx context.Context, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, "GET", fmt.Sprintf("http://%v%s", f.Addr, path), nil)
	if err != nil {
		return nil, err
	}
	response, err := f.client.Do(request)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the address, which fetch adds
		}
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("body: %w", err)
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("status %.100q: %q", response.Status, bytes.TrimSpace(body[:min(len(body), 100)]))
	case len(body) > maxBody:
		return nil, fmt.Errorf("the body is longer than %d bytes", maxBody)
	}
	return body, nil
}

// row does the same as fetch, with a row in the timeline.
func (f *fetcher) row(d time.Duration, message string) future.Future[string] {
	return future.Observe(f.fetch(d, message), func() func(error) { return f.Row(f.Path(d, message)[1:]) })
}

// twoForeign makes two requests, one after the other, and waits for a callback.
func twoForeign(f *fetcher) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		show := func(txt string, err error) {
			if f.OK(err) {
				fmt.Fprintln(f.env.Out, txt)
			}
		}
		fmt.Fprintln(f.env.Out, "Program starting")
		show(future.Wait(co, f.row(600*time.Millisecond, "HelloAsyncAwait1")))
		show(future.Wait(co, f.row(400*time.Millisecond, "HelloAsyncAwait2")))
		show(future.Wait(co, future.Observe[string](&callback{d: f.env.Delay(300 * time.Millisecond)},
			func() func(error) { return f.Row("time.AfterFunc") })))
		return struct{}{}, nil
	})
}

// A callback is a future that is done when Go calls it back after d, in another goroutine. It
// shows what a future needs that another goroutine completes: it keeps the context of the last
// poll, guards what both sides see with one lock, and wakes after the change.
type callback struct {
	d     time.Duration
	timer *time.Timer // nil before the first poll
	done  bool        // Poll has returned the result, or Drop was called

	mu     sync.Mutex
	cx     *future.Context // of the last poll
	called bool
}

func (c *callback) Poll(cx *future.Context) (string, error) {
	if c.done {
		panic(future.PolledAfterCompletion)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// If call comes after this Poll, it finds this cx. If it came before, Poll sees that it did. Without the lock, call
	// could come between the two, and wake nobody.
	c.cx = cx
	if c.timer == nil {
		c.timer = time.AfterFunc(c.d, c.call)
	}
	if !c.called {
		return "", future.NotReady
	}
	c.done = true
	return "called back", nil
}

// call runs in another goroutine. If the task is over by then, the wake does nothing.
func (c *callback) call() {
	c.mu.Lock()
	c.called = true
	cx := c.cx
	c.mu.Unlock()
	cx.Waker().Wake()
}

func (c *callback) Drop() {
	c.done = true
	if c.timer != nil {
		c.timer.Stop()
	}
}

// spawnMany makes n requests at once, each in a task of its own, and prints the messages as they
// arrive.
func spawnMany(f *fetcher, rt *runtime.Runtime, n int) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		begin, sum, arrived := time.Now(), time.Duration(0), 0
		tasks := make([]*runtime.JoinHandle[struct{}], n)
		for i := range tasks {
			d := time.Duration(i) * 10 * time.Millisecond
			sum += f.env.Delay(d)
			tasks[i] = runtime.Spawn(rt, future.Async(func(co *future.Co) (struct{}, error) {
				get := f.fetch
				if i%10 == 0 {
					get = f.row
				}
				txt, err := future.Wait(co, get(d, fmt.Sprintf("HelloAsyncAwait%d", i)))
				if f.OK(err) {
					arrived++
					end := " "
					if arrived%5 == 0 {
						end = "\n"
					}
					fmt.Fprint(f.env.Out, txt, end)
				}
				return struct{}{}, nil
			}))
		}
		for _, t := range tasks {
			_, err := future.Wait(co, t)
			f.OK(err)
		}
		if arrived%5 != 0 {
			fmt.Fprintln(f.env.Out)
		}
		fmt.Fprintf(f.env.Out, "\n%d responses in %v; one after the other: %v\n", arrived, kit.Round(time.Since(begin)), sum)
		return struct{}{}, nil
	})
}

func foreign(ctx context.Context, env *kit.Env) error {
	r, err := env.Requests()
	if err != nil {
		return err
	}
	two := run(env, r, env.Out, func(rt *runtime.Runtime, _ func(string)) error {
		_, err := runtime.BlockOn(ctx, rt, twoForeign(newFetcher(env, r)))
		return err
	})
	if ctx.Err() != nil {
		return two
	}
	fmt.Fprintln(env.Out)
	if r, err = env.Requests(); err != nil {
		return errors.Join(two, err)
	}
	// This runtime has no log, because it would be long.
	return errors.Join(two, run(env, r, nil, func(rt *runtime.Runtime, _ func(string)) error {
		_, err := runtime.BlockOn(ctx, rt, spawnMany(newFetcher(env, r), rt, 100))
		return err
	}))
}
