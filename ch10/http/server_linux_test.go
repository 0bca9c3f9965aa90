package http

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// While there are no descriptors, clients wait. The server tries again, and goes on.
func TestServeWithoutDescriptors(t *testing.T) {
	s := start(t, Server{})
	s.works()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 60}) // to fail and not to hang
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	none := limit
	none.Cur = 3 // those that are open stay so
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: int(s.addr.Port()), Addr: s.addr.Addr().As4()}); err != nil {
		t.Error(err)
	}
	for begin := time.Now(); s.logged() == "" && time.Since(begin) < time.Minute; time.Sleep(time.Millisecond) {
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if log := s.logged(); !strings.Contains(log, "http: accept on "+s.addr.String()) || !strings.Contains(log, "too many open files") {
		t.Errorf("logged: %s", log)
	}
	b := make([]byte, 1000)
	unix.Write(fd, []byte(ask("/echo")))
	n, err := unix.Read(fd, b)
	for err == unix.EINTR { // with a timeout, the system doesn't go on after a signal
		n, err = unix.Read(fd, b)
	}
	if err != nil || !strings.HasPrefix(string(b[:n]), "HTTP/1.1 200 OK\r\n") {
		t.Errorf("%q, %v", b[:max(n, 0)], err)
	}
}
