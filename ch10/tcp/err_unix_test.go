//go:build unix

package tcp_test

import (
	"io"
	"net"
	"testing"
)

// TestErrAgain: the system tells the error of a connection once; Windows tells it only who reads or writes.
func TestErrAgain(t *testing.T) {
	reset := make(chan struct{})
	c := dial(t, "tcp4", func(c *net.TCPConn) {
		io.ReadFull(c, make([]byte, 1))
		c.SetLinger(0)
		close(reset)
	})
	if _, err := c.send(t, []byte("x")); err != nil {
		t.Fatal(err)
	}
	<-reset
	err := c.Err()
	for ; err == nil; err = c.Err() {
		c.wait(t)
	}
	if again := c.Err(); again != err {
		t.Errorf("first %v, then %v", err, again)
	}
	if _, again := c.Write([]byte("x")); again != err {
		t.Errorf("first %v, and of a write %v", err, again)
	}
}
