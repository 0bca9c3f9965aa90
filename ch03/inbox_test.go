package main

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"ch03/kit"
)

// ways are the four examples without the server and without the printing.
var ways = []struct {
	name string
	read func(*inbox) error
}{
	{"blocking", connected(false, waitEach)},
	{"nonblocking", connected(true, spin)},
	{"readiness", connected(true, watch)},
	{"completion", connected(false, complete)},
}

// eachWay runs f as a subtest for each way that this system has.
func eachWay(t *testing.T, f func(t *testing.T, read func(*inbox) error)) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			f(t, func(in *inbox) error {
				err := w.read(in)
				if errors.Is(err, errors.ErrUnsupported) {
					t.Skip(err)
				}
				return err
			})
		})
	}
}

// listen returns n listeners and their addresses.
func listen(t *testing.T, network, host string, n int) (ls []net.Listener, addrs []netip.AddrPort) {
	t.Helper()
	for range n {
		l, err := net.Listen(network, net.JoinHostPort(host, "0"))
		if err != nil {
			t.Skip(err)
		}
		t.Cleanup(func() { l.Close() })
		ls, addrs = append(ls, l), append(addrs, l.Addr().(*net.TCPAddr).AddrPort())
	}
	return ls, addrs
}

// serveOne accepts one connection, runs f on it and closes it.
func serveOne(l net.Listener, f func(net.Conn)) {
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		f(c)
	}()
}

func TestRefusedConnectionIsAnError(t *testing.T) {
	eachWay(t, func(t *testing.T, read func(*inbox) error) {
		ls, addrs := listen(t, "tcp4", "127.0.0.1", 3)
		ls[2].Close() // what the others would send, nobody sends
		err := readInTime(t, ls, func() error { return read(newInbox(addrs)) })
		if err == nil || !strings.Contains(err.Error(), "connect to "+addrs[2].String()) {
			t.Errorf("%v; want what was tried", err)
		}
	})
}

// readInTime returns what read returns. It ends a read that would wait without end.
func readInTime(t *testing.T, ls []net.Listener, read func() error) error {
	t.Helper()
	timer := time.AfterFunc(10*time.Second, func() {
		for _, l := range ls {
			l.Close() // resets what nobody has accepted
		}
	})
	err := read()
	if !timer.Stop() {
		t.Error("still reading after 10 s")
	}
	return err
}

// A fullListener's process has no descriptor left after one connection.
type fullListener struct {
	net.Listener
	accepted bool
}

func (l *fullListener) Accept() (net.Conn, error) {
	if l.accepted {
		return nil, syscall.EMFILE
	}
	l.accepted = true
	return l.Listener.Accept()
}

// The server has accepted one connection and fails at the next. Then nobody
// waits for a message that won't come, or takes the end of a connection for
// one.
func TestServerThatCannotAcceptEndsTheReaders(t *testing.T) {
	eachWay(t, func(t *testing.T, read func(*inbox) error) {
		ls, addrs := listen(t, "tcp4", "127.0.0.1", 1)
		served := make(chan error, 1)
		go func() { served <- serve(t.Context(), &kit.Env{Speed: 1}, &fullListener{Listener: ls[0]}) }()
		in := newInbox([]netip.AddrPort{addrs[0], addrs[0], addrs[0]})
		err := readInTime(t, ls, func() error { return read(in) })
		if len(in.arrivals) > 0 || err == nil {
			if runtime.GOOS == "windows" {
				t.Skip("wine may tell a reset as the end of the data")
			}
			t.Errorf("%v, %v; want no message and an error", in.arrivals, err)
		}
		if err := <-served; !errors.Is(err, syscall.EMFILE) {
			t.Errorf("the server's error is %v, want %v", err, syscall.EMFILE)
		}
	})
}

// When both ends fail, the server's error may be the cause of the reader's.
func TestServersErrorIsShownToo(t *testing.T) {
	gate = make(chan time.Time, len(messages))
	defer func() { gate = nil }()
	failed := errors.New("failed")
	err := receive("test", func(in *inbox) error {
		var conns []net.Conn
		for _, a := range in.addrs {
			c, err := net.Dial("tcp", a.String())
			if err != nil {
				return err
			}
			defer c.Close()
			conns = append(conns, c)
		}
		io.ReadAll(conns[2]) // message 3: the server has accepted all of them
		conns[1].(*net.TCPConn).SetLinger(0)
		conns[1].Close()
		gate <- time.Now()   // message 2 meets a reset
		io.ReadAll(conns[0]) // ends when the server has failed
		return failed
	})(t.Context(), &kit.Env{Speed: 1000})
	if !errors.Is(err, failed) || !strings.Contains(err.Error(), "\nserver: ") {
		t.Errorf("%v; want the reader's error and the server's", err)
	}
}

// One connection is reset while the kernel is still asked about another: the
// way gives up, and leaves no request, buffer or thread behind.
func TestResetConnectionIsAnError(t *testing.T) {
	eachWay(t, func(t *testing.T, read func(*inbox) error) {
		ls, addrs := listen(t, "tcp4", "127.0.0.1", 2)
		over := make(chan struct{})
		serveOne(ls[0], func(c net.Conn) {
			c.Write([]byte("half a mess"))
			select {
			case <-over: // the other threads continue to wait for a while
			case <-time.After(100 * time.Millisecond):
			}
		})
		serveOne(ls[1], func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }) // its close is a reset
		err := read(newInbox(addrs))
		close(over)
		if err == nil && runtime.GOOS == "windows" {
			t.Skip("wine may tell a reset as the end of the data")
		}
		if err == nil || !strings.Contains(err.Error(), "read from "+addrs[1].String()) {
			t.Errorf("%v; want what was tried", err)
		}
	})
}

// A message in many small pieces, one that is larger than any buffer here, and
// one that is empty.
func TestMessagesOfEverySize(t *testing.T) {
	want := []string{"drip by drip", strings.Repeat("0123456789", 100_000), ""}
	eachWay(t, func(t *testing.T, read func(*inbox) error) {
		ls, addrs := listen(t, "tcp4", "127.0.0.1", 3)
		serveOne(ls[0], func(c net.Conn) {
			for i := range len(want[0]) {
				c.Write([]byte(want[0][i : i+1]))
				runtime.Gosched()
			}
		})
		serveOne(ls[1], func(c net.Conn) { c.Write([]byte(want[1])) })
		serveOne(ls[2], func(net.Conn) {})
		in := newInbox(addrs)
		if err := read(in); err != nil {
			t.Fatal(err)
		}
		if len(in.arrivals) != len(want) {
			t.Fatalf("%d messages, want %d", len(in.arrivals), len(want))
		}
		for _, a := range in.arrivals {
			if string(a.text) != want[a.index] {
				t.Errorf("message %d: %d bytes %.20q, want %d", a.index, len(a.text), a.text, len(want[a.index]))
			}
		}
	})
}

// The timeline has a row for each connection, labelled with the message that it is to get.
func TestEachConnectionGetsItsOwnMessage(t *testing.T) {
	gate = make(chan time.Time, len(messages))
	defer func() { gate = nil }()
	for _, w := range ways {
		err := receive(w.name, func(in *inbox) error {
			err := w.read(in)
			for _, a := range in.arrivals {
				if string(a.text) != messages[a.index].text {
					t.Errorf("%s: %q on connection %d", w.name, a.text, a.index)
				}
			}
			if err == nil && len(in.arrivals) != len(messages) {
				t.Errorf("%s: %d messages, want %d", w.name, len(in.arrivals), len(messages))
			}
			return err
		})(t.Context(), &kit.Env{Out: io.Discard, Speed: 1000})
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", w.name, err)
		}
		gate = make(chan time.Time, len(messages))
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	run := func() {
		for _, w := range ways {
			runWay := func(t *testing.T) { runGated(t, w.name) }
			t.Run(w.name, runWay)
		}
	}
	run() // what Go's runtime and net open once, it keeps
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	run()
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > goroutines; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines before, %d after", goroutines, runtime.NumGoroutine())
		}
	}
	if n := openFiles(t); n != files {
		t.Errorf("%d open files before, %d after", files, n)
	}
}

// openFiles counts the descriptors of this process; 0 where there is no list.
func openFiles(t *testing.T) int {
	t.Helper()
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		return 0
	}
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// A reader that fails ends the server too, wherever that waits.
func TestServerStopsWhenTheReaderFails(t *testing.T) {
	failed := errors.New("failed")
	for connections := range 4 {
		err := receive("test", func(in *inbox) error {
			for _, a := range in.addrs[:min(connections, len(in.addrs))] {
				c, err := net.Dial("tcp", a.String())
				if err != nil {
					return err
				}
				defer c.Close()
			}
			return failed
		})(t.Context(), &kit.Env{Speed: 1e-3})
		if !errors.Is(err, failed) || err.Error() != failed.Error() {
			t.Errorf("after %d connections: %v, want the reader's error alone", connections, err)
		}
	}
}

func TestThreadCPUGrowsWithWork(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := threadCPU()
	for deadline := time.Now().Add(10 * time.Second); threadCPU() <= before; {
		if time.Now().After(deadline) {
			t.Fatalf("still %v after 10 s of work", before)
		}
	}
}
