package kit_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"ch04/kit"
	"ch04/kit/kittest"
	"ch04/kit/leaktest"
)

// asking is a program of one example: it takes the path of a request from the server, prints what it may ask
// for, and ends with the timeline.
func asking(run func(r *kit.Requests) error) kittest.Program {
	return kittest.Program{Chapter: "ch99", Headline: "ask", Examples: []kit.Example{{
		Letter: "a", Name: "ask", Section: "–", Doc: "asks", Speed: true, Server: true,
		Run: func(_ context.Context, env *kit.Env) error {
			r, err := env.Requests()
			if err != nil {
				return err
			}
			defer r.Close()
			return r.Finish(run(r))
		},
	}}}
}

func TestRequestsOfAServerInTheProcess(t *testing.T) {
	leaktest.Check(t)
	out, stderr, status := asking(func(r *kit.Requests) error {
		c, err := net.Dial("tcp", r.Addr.String())
		if err != nil {
			return err
		}
		defer c.Close()
		if path := r.Path(2e9, "hello"); path != "/200/hello" {
			t.Errorf("path %q", path)
		}
		end := r.Row("first")
		failed := r.Row("second")
		r.Row("third")(nil)
		failed(errors.New("x"))
		end(nil)
		if r.OK(errors.New("one")) || !r.OK(nil) {
			t.Error("OK reports the opposite")
		}
		return errors.New("two")
	}).Command("-speed", "10")
	if status != 1 || stderr != "ch99: one\nch99: two\n" {
		t.Errorf("status %d, %q", status, stderr)
	}
	kittest.InOrder(t, out, "first ", "#\n", "second ", "x\n", "third ", "#\n", "0s")
}

func TestRequestsOfAnotherServer(t *testing.T) {
	s := kittest.Gated(t, 1)
	out, stderr, status := asking(func(r *kit.Requests) error {
		if r.Addr != s.Addr() {
			t.Errorf("address %v, want %v", r.Addr, s.Addr())
		}
		return nil
	}).Command("-server", strings.Replace(s.Addr().String(), "127.0.0.1", "localhost", 1))
	if status != 0 || stderr != "" {
		t.Errorf("status %d, %q, %q", status, stderr, out)
	}
}

// TestNothingListens: one line, and nothing is run.
func TestNothingListens(t *testing.T) {
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	for _, addr := range []string{addr, "no port", "127.0.0.1:99999"} {
		_, stderr, status := asking(func(*kit.Requests) error { t.Error("run"); return nil }).Command("-server", addr)
		if status != 1 || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "ch99: delay server "+addr) {
			t.Errorf("-server %s: status %d, %q", addr, status, stderr)
		}
	}
}
