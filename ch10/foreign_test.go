package main

import (
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit"
	"ch10/kit/delay"
	"ch10/kit/kittest"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

// foreignPaths are what foreign asks for at -speed 100, all at once from the third on.
func foreignPaths() (paths []string) {
	paths = append(paths, "/6/HelloAsyncAwait1", "/4/HelloAsyncAwait2")
	for i := range 100 {
		paths = append(paths, fmt.Sprintf("/%d/HelloAsyncAwait%d", i/10, i))
	}
	return paths
}

// TestForeign: a server with a gate, which answers the hundred when all have arrived.
func TestForeign(t *testing.T) {
	s, err := delay.Start("127.0.0.1:0", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	leaktest.Check(t) // while the server is still there: no connection is left
	s.Hold(1)
	w := &watcher{seen: func(text string) {
		if strings.Contains(text, finished) {
			s.Hold(100)
		}
	}}
	var stderr strings.Builder
	status := kit.Run(chapter, headline, examples, []string{"foreign", "-server", s.Addr().String()}, w, &stderr)
	out := w.String()
	if status != 0 || stderr.Len() > 0 {
		t.Fatalf("status %d, %q\n%s", status, stderr.String(), out)
	}
	kittest.InOrder(t, out, starting, "HelloAsyncAwait1\n", "HelloAsyncAwait2\n", "called back\n"+finished+"\n600/HelloAsyncAwait1",
		"HelloAsyncAwait", "\n\n100 responses in ", "; one after the other: 49.5s\n\n0/HelloAsyncAwait0 ")
	_, words, _ := strings.Cut(out, "\n\n")
	_, words, _ = strings.Cut(words, "\n\n")
	words, _, _ = strings.Cut(words, "\n\n")
	if got, want := slices.Sorted(slices.Values(strings.Fields(words))), slices.Sorted(slices.Values(messages(foreignPaths()[2:]))); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for line := range strings.Lines(words + "\n") {
		if n := len(strings.Fields(line)); n != 5 || strings.Contains(line, " \n") {
			t.Errorf("%d words in %q", n, line)
		}
	}
	// Nothing else wakes the task: it is polled at the beginning and at the end of each wait. The worker
	// doesn't sleep if the end comes first.
	if n := strings.Count(out, one); n > 3 {
		t.Errorf("the worker sleeps %d times, want 3 at most:\n%s", n, out)
	}
}

// TestForeignFails: a line for each request that fails, and the others are printed.
func TestForeignFails(t *testing.T) {
	paths := foreignPaths()
	for name, c := range map[string]struct {
		serve func(net.Conn)
		want  string
	}{
		"closes at once": {func(c net.Conn) {}, "EOF"},
		"garbage":        {func(c net.Conn) { fmt.Fprint(c, "what?\r\n\r\n") }, "malformed HTTP"},
		"body cut":       {func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok") }, "body: unexpected EOF"},
		"another status": {func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 503 Busy\r\nConnection: close\r\n\r\ncome later\n") }, `status "503 Busy": "come later"`},
		"reset": {func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok")
			c.(*net.TCPConn).SetLinger(0)
		}, ""},
	} {
		for _, failing := range []func(i int) bool{
			func(i int) bool { return true },
			func(i int) bool { return i == 1 },
			func(i int) bool { return i%3 == 2 },
		} {
			leaktest.Check(t)
			addr := kittest.RawServer(t, len(paths), func(conn net.Conn, path string) {
				if i := slices.Index(paths, path); i < 0 || failing(i) {
					c.serve(conn)
				} else {
					ok(conn, path[strings.LastIndex(path, "/")+1:])
				}
			})
			out, stderr, status := command("foreign", "-speed", "100", "-server", addr.String())
			var fail, work []string
			for i, path := range paths {
				if failing(i) {
					fail = append(fail, path)
				} else {
					work = append(work, path)
				}
			}
			theRequestsFail(t, fail, stderr, status, addr, c.want)
			got := regexp.MustCompile(`(^|\s)(HelloAsyncAwait\d+)`).FindAllString(out, -1)
			for i := range got {
				got[i] = strings.TrimSpace(got[i])
			}
			if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(messages(work)))) {
				t.Errorf("%s: these are printed: %q, want those of %q", name, got, work)
			}
			kittest.InOrder(t, out, "called back\n", fmt.Sprintf("\n\n%d responses in ", 100-len(slices.DeleteFunc(fail, func(p string) bool { return p == paths[0] || p == paths[1] }))))
			if n := strings.Count(out, "x\n"); n == 0 && failing(1) {
				t.Errorf("%s: no row has an x:\n%s", name, out)
			}
		}
	}
}

// TestForeignSilent: a server that never answers.
func TestForeignSilent(t *testing.T) {
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := newScene(t, l.Addr().String())
	s.client.Timeout = 10 * time.Millisecond
	s.block(t.Context(), spawnMany(s.fetcher, s.rt, 8))
	if err := s.Finish(nil); err == nil || strings.Count(err.Error(), "Client.Timeout exceeded") != 8 {
		t.Error(err)
	}
}

// TestCallback: it wakes the context of the last poll, once, and nobody after a Drop before its time.
func TestCallback(t *testing.T) {
	leaktest.Check(t)
	var first, last counter
	a, b := future.NewContext(&first), future.NewContext(&last)
	c := &callback{d: time.Hour}
	for range 3 {
		if _, err := c.Poll(&a); err != future.NotReady {
			t.Fatal(err)
		}
	}
	if _, err := c.Poll(&b); err != future.NotReady {
		t.Fatal(err)
	}
	c.call()
	if v, err := c.Poll(&a); v != "called back" || err != nil || first.Load() != 0 || last.Load() != 1 {
		t.Errorf("%q, %v; wakes %d, %d", v, err, first.Load(), last.Load())
	}
	c.Drop()
	if c.timer.Stop() {
		t.Error("Drop hasn't stopped the timer")
	}
	dropped := &callback{d: time.Hour}
	dropped.Poll(&a)
	dropped.Drop()
	if dropped.timer.Stop() {
		t.Error("Drop hasn't stopped the timer")
	}
	unpolled := &callback{d: 0}
	unpolled.Drop()
	if unpolled.timer != nil {
		t.Error("a future that was never polled has a timer")
	}
}

type counter struct{ atomic.Int64 }

func (c *counter) Wake() { c.Add(1) }

// TestCallbackRaces has callbacks come while the future is polled again and again.
func TestCallbackRaces(t *testing.T) {
	leaktest.Check(t)
	fs := make([]future.Future[string], 1000)
	for i := range fs {
		fs[i] = &callback{d: time.Duration(i%50) * time.Microsecond}
	}
	all := future.Async(func(co *future.Co) (struct{}, error) {
		_, err := future.Wait(co, future.JoinAll(fs...))
		return struct{}{}, err
	})
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Shutdown(t.Context())
	if _, err := runtime.BlockOn(t.Context(), rt, all); err != nil {
		t.Error(err)
	}
}
