package main

import (
	"net"
	"testing"
)

// Giving up while the kernel still has reads ends them.
func TestQueueEndsWhatIsWaiting(t *testing.T) {
	ls, addrs := listen(t, "tcp4", "127.0.0.1", 2)
	over := make(chan struct{})
	defer close(over)
	for _, l := range ls {
		serveOne(l, func(net.Conn) { <-over })
	}
	in := newInbox(addrs)
	q, err := newQueue(in)
	if err != nil {
		t.Fatal(err)
	}
	conns, err := in.dialAll(true)
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(conns)
	for _, c := range conns {
		if err := q.add(c); err != nil {
			t.Fatal(err)
		}
	}
	if len(q.waiting) != 2 {
		t.Errorf("%d reads, want 2", len(q.waiting))
	}
	closeAll(conns)
	q.close()
	if len(q.waiting) != 0 {
		t.Errorf("%d reads are still with the kernel", len(q.waiting))
	}
}
