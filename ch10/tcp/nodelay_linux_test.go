package tcp

import (
	"context"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"ch10/future"
	"ch10/runtime"
)

// Small messages go out at once, from both ends.
func TestNoDelay(t *testing.T) {
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Shutdown(context.Background())
	l, err := Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conns, err := runtime.BlockOn(t.Context(), rt, future.JoinAll(Connect(l.Addr()), l.Accept()))
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range conns {
		if on, err := unix.GetsockoptInt(int(c.stream.fd), unix.IPPROTO_TCP, unix.TCP_NODELAY); on == 0 || err != nil {
			t.Errorf("end %d: %d, %v", i, on, err)
		}
		c.Close()
	}
}
