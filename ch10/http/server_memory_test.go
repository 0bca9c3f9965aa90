package http

import (
	"fmt"
	"io"
	"net/http"
	goruntime "runtime"
	"strings"
	"testing"
	"time"
)

// heap returns the bytes that are in use.
func heap() int {
	goruntime.GC()
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// Clients that don't read cost the server next to nothing, however long their responses are.
func TestLongResponsesThatNobodyReads(t *testing.T) {
	s := start(t, Server{})
	const clients = 40
	before := heap()
	var peers []*peer
	for range clients {
		p := s.dial()
		p.send(ask("/fill?16777216"))
		if r, err := p.r.ReadString('\n'); r != "HTTP/1.1 200 OK\r\n" {
			t.Fatalf("%q, %v", r, err)
		}
		peers = append(peers, p)
	}
	if each := (heap() - before) / clients; each > 64<<10 {
		t.Errorf("%d bytes for each client", each)
	}
	io.Copy(io.Discard, io.LimitReader(peers[0].r, 1<<20)) // and nobody is held up
	s.works()
}

func TestFilledBodies(t *testing.T) {
	s := start(t, Server{})
	p := s.dial()
	for _, n := range []int{1, 9, 10, 65540, 65541, 1_000_000} {
		p.send(ask(fmt.Sprintf("/fill?%d", n)))
		p.want(200, strings.Repeat("HelloWorld", n/10+1)[:n])
	}
}

// What has come of requests is bounded, over all of them. The server may read them in any order, so nobody knows which
// will be refused.
func TestUnfinishedRequests(t *testing.T) {
	const clients, bound, fit = 20, 1 << 20, 4 // of 256 KiB each
	s := start(t, Server{MaxBuffered: bound, BodyTime: time.Hour, LingerTime: time.Hour})
	before := heap()
	body := strings.Repeat("x", 200<<10)
	statuses := make(chan int, clients) // 0: none
	var peers []*peer
	for range clients {
		p := s.dial()
		p.send(field("Content-Length: 1000000", body))
		peers = append(peers, p)
		go func() {
			r, err := http.ReadResponse(p.r, nil)
			if err != nil {
				r = &http.Response{}
			}
			statuses <- r.StatusCode
		}()
	}
	for range clients - fit {
		if status := <-statuses; status != 503 {
			t.Errorf("status %d", status)
		}
	}
	s.works()
	if more := heap() - before; more > 2*bound {
		t.Errorf("%d bytes", more)
	}
	for _, p := range peers {
		p.Close()
	}
	for range fit {
		<-statuses
	}
	s.stop.give()
	s.wait()
	if n := s.serving.buffered.Load(); n != 0 {
		t.Errorf("%d bytes are counted for no connection", n)
	}
}

// A buffer that has become large isn't kept for others.
func TestLargeBuffersAreNotKept(t *testing.T) {
	large := &buffer{make([]byte, 0, 4*maxUnwritten)}
	for range 100 {
		large.release()
		if b := connBuffers.Get().(*buffer); b == large {
			t.Fatal("a large buffer is kept")
		}
	}
}
