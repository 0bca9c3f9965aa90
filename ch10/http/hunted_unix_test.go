//go:build unix

package http

import (
	"strings"
	"testing"
	"time"
)

// TestResetBehindEOFOrAFullPipeline: nothing is read then, and the reset is noticed all the same. Windows doesn't tell.
func TestResetBehindEOFOrAFullPipeline(t *testing.T) {
	for name, more := range map[string]func(*peer){
		"half-closed": func(p *peer) { p.CloseWrite() },
		"full":        func(p *peer) { p.send(strings.Repeat(ask("/echo"), 5000)) },
	} {
		s := start(t, Server{})
		p := s.dial()
		p.send(ask("/wait"))
		h := <-s.waiting
		<-h.polled
		more(p)
		time.Sleep(50 * time.Millisecond)
		p.SetLinger(0)
		p.Close()
		select {
		case <-h.dropped:
		case <-time.After(30 * time.Second):
			t.Errorf("%s: reset, and the future isn't dropped", name)
		}
	}
}
