package http_test

import (
	"bufio"
	"context"
	"fmt"
	nethttp "net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"ch10/future"
	"ch10/http"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

const (
	descriptors = 64 // so many may be open
	gets        = 200
)

// TestDescriptorLimit makes more requests at once than there may be sockets. Those that get none fail, the
// others are answered, and after that there are sockets again.
func TestDescriptorLimit(t *testing.T) {
	if server := os.Getenv("CHAPTER_SERVER"); server != "" {
		limited(server)
		os.Exit(0)
	}
	leaktest.Check(t)
	begun := make(chan struct{})
	server := httptest.NewServer(nethttp.HandlerFunc(func(nethttp.ResponseWriter, *nethttp.Request) { <-begun }))
	defer server.Close()
	allHaveBegun := sync.OnceFunc(func() { close(begun) })
	defer allHaveBegun()
	addr := server.Listener.Addr().String()
	argv := append(strings.Fields(os.Getenv("CHILD_EXEC")), os.Args[0], "-test.run=^TestDescriptorLimit$")
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "CHAPTER_SERVER="+addr)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	served, excess, later := 0, 0, 0
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		switch line := lines.Text(); {
		case line == "all have begun":
			allHaveBegun()
		case line == "served":
			served++
		case line == "served later":
			later++
		case strings.HasPrefix(line, "GET "+addr+"/") && strings.HasSuffix(line, ": socket: too many open files"):
			excess++
		default:
			t.Errorf("%q", line)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	// The child and its runtime have some descriptors, too.
	if served < descriptors/2 || served > descriptors-5 || served+excess != gets || later != descriptors/2 {
		t.Errorf("of %d requests, %d were served, and %d failed; later %d", gets, served, excess, later)
	}
}

// limited is the child.
func limited(addr string) {
	server, err := netip.ParseAddrPort(addr)
	if err != nil {
		panic(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: descriptors, Max: descriptors}); err != nil {
		panic(err)
	}
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		panic(err)
	}
	round := func(n int, word string, begun func()) {
		tasks := make([]*runtime.JoinHandle[string], n)
		for i := range tasks {
			tasks[i] = runtime.Spawn(rt, http.Get(server, fmt.Sprintf("/1/Hello%d", i)))
		}
		wait := future.Async(func(co *future.Co) (struct{}, error) {
			begun() // this task stands in the queue behind the others
			for _, t := range tasks {
				if _, err := future.Wait(co, t); err != nil {
					fmt.Println(err)
				} else {
					fmt.Println(word)
				}
			}
			return struct{}{}, nil
		})
		if _, err := runtime.BlockOn(context.Background(), rt, wait); err != nil {
			panic(err)
		}
	}
	round(gets, "served", func() { fmt.Println("all have begun") })
	round(descriptors/2, "served later", func() {})
	if err := rt.Shutdown(context.Background()); err != nil {
		panic(err)
	}
}
