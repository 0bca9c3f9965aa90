package tcp_test

import (
	"errors"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"ch10/future"
	"ch10/runtime"
	"ch10/tcp"
)

// A listener survives that there are no descriptors left.
func TestAcceptWithoutDescriptors(t *testing.T) {
	rt, l := newRuntime(t), listen(t, "127.0.0.1:0")
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	_, err = block(t, rt, func(co *future.Co) (n int, err error) {
		none := limit
		none.Cur = 3 // those that are open stay so
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &none); err != nil {
			return 0, err
		}
		c, err := future.Wait(co, l.Accept())
		if e := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); e != nil {
			return 0, e
		}
		if !errors.Is(err, unix.EMFILE) {
			t.Errorf("%v, %v; want EMFILE", c, err)
		}
		if c, err = future.Wait(co, l.Accept()); err == nil {
			c.Close()
		}
		return 0, err
	})
	if err != nil {
		t.Error(err)
	}
}

// A pending connection isn't taken for one that is there, however often it is polled.
func TestConnectIsPending(t *testing.T) {
	rt := newRuntime(t)
	// This listens, takes no connection, and has no place for another to wait: Linux answers
	// nothing then to whoever connects.
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(sa.(*unix.SockaddrInet4).Port))
	for range 2 { // there is place for one
		s, err := tcp.Dial(addr)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
	}
	f := &eager{pack[*tcp.Conn]{tcp.Connect(addr)}, 20}
	if connected, err := runtime.BlockOn(t.Context(), rt, future.Future[bool](f)); connected || err != nil {
		t.Errorf("connected: %v, %v", connected, err)
	}
}

// An eager future polls f without having been woken, some times, and then drops it.
type eager struct {
	f     future.Future[bool]
	polls int
}

func (e *eager) Poll(cx *future.Context) (bool, error) {
	if e.polls--; e.polls < 0 {
		future.Drop(e.f)
		return false, nil
	}
	cx.Waker().Wake()
	return e.f.Poll(cx)
}
