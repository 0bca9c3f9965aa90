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
	err := connected(true, func(in *inbox, conns []*conn) error {
		q, err := newQueue(in)
		if err != nil {
			return err
		}
		for _, c := range conns {
			if err := q.add(c); err != nil {
				return err
			}
		}
		if len(q.waiting) != 2 {
			t.Errorf("%d reads, want 2", len(q.waiting))
		}
		q.close()
		if len(q.waiting) != 0 {
			t.Errorf("%d reads are still with the kernel", len(q.waiting))
		}
		return nil
	})(newInbox(addrs))
	if err != nil {
		t.Error(err)
	}
}
