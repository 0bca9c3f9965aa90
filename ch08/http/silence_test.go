package http

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"ch08/future"
)

// A waiting is a future that is polled with a patience of its own.
type waiting struct {
	future.Future[string]
	patience time.Duration
}

func (f waiting) Poll(w future.Waker) (string, error) {
	defer func(d time.Duration) { patience = d }(patience)
	patience = f.patience
	return f.Future.Poll(w)
}

// A tiring is a future whose patience is short from its second poll on.
type tiring struct {
	future.Future[string]
	patience time.Duration
	begun    chan struct{} // closed after the first poll
	polls    int
}

func (f *tiring) Poll(w future.Waker) (string, error) {
	if f.polls++; f.polls > 1 {
		return waiting{f.Future, f.patience}.Poll(w)
	}
	defer close(f.begun)
	return waiting{f.Future, time.Hour}.Poll(w)
}

// TestSilence: servers that say nothing, or no more, can't keep the others from
// being answered, nor hold up the end for ever: nothing but the timer gets such a
// GET polled again. What comes before the silence has set that timer anew.
func TestSilence(t *testing.T) {
	const short = 100 * time.Millisecond
	for name, begin := range map[string]string{"at once": "", "in the header": head, "in the body": head + "\r\nhalf"} {
		t.Run(name, func(t *testing.T) {
			good := delayServer(t)
			good.Hold(2)
			gone, begun := make(chan error, 1), make(chan struct{})
			addr := server(t, func(c *net.TCPConn) {
				readRequest(c)
				<-begun
				io.WriteString(c, begin)
				gone <- closed(c)
			})
			silent := &task[string]{f: &tiring{Future: Get(addr, "/silent"), patience: short, begun: begun}}
			if begin == "" {
				silent.f = waiting{Get(addr, "/silent"), short}
				close(begun)
			}
			last := &task[string]{f: waiting{Get(good.Addr(), "/2/last"), time.Hour}}
			first := &task[string]{f: waiting{Get(good.Addr(), "/1/first"), time.Hour}}
			start := time.Now()
			err := run(silent, last, first)
			want := fmt.Sprintf("GET %v/silent: nothing from the server in 100ms", addr)
			if err == nil || err.Error() != want || silent.v != "" {
				t.Errorf("%q, %v; want %s", silent.v, err, want)
			}
			if took := time.Since(start); took < short {
				t.Errorf("given up after %v", took)
			}
			if silent.polls > few {
				t.Errorf("%d polls", silent.polls)
			}
			if !strings.HasSuffix(last.v, "\r\n\r\nlast") || !strings.HasSuffix(first.v, "\r\n\r\nfirst") {
				t.Errorf("%q, %q", last.v, first.v)
			}
			if err := <-gone; err != nil {
				t.Errorf("at the server: %v", err)
			}
		})
	}
}

// A drip is a GET that asks the server for another byte whenever it has all that
// were sent. Then it puts its clock forward, by less than its patience.
type drip struct {
	*get
	turn chan struct{}
	sent int
}

func (d *drip) Poll(w future.Waker) (string, error) {
	txt, err := d.get.Poll(w)
	if err == future.NotReady && len(d.response.text) == d.sent {
		d.sent++
		d.heard = d.heard.Add(-50 * time.Minute)
		d.turn <- struct{}{}
	}
	return txt, err
}

// TestOneByteAtATime has a server that is slow and not silent.
func TestOneByteAtATime(t *testing.T) {
	defer func(d time.Duration) { patience = d }(patience)
	patience = time.Hour
	const text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
	turn := make(chan struct{}, len(text)+1)
	addr := rawServer(t, func(c *net.TCPConn) {
		for i := range text {
			<-turn
			io.WriteString(c, text[i:i+1])
		}
	})
	k := &task[string]{f: &drip{get: Get(addr, "/drip").(*get), turn: turn}}
	if err := run(k); k.v != text || err != nil {
		t.Errorf("%q, %v", k.v, err)
	}
	if k.polls < len(text) || k.polls > len(text)+few {
		t.Errorf("%d polls for %d bytes", k.polls, len(text))
	}
}
