package delay_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"ch04/kit/delay"
	"ch04/kit/leaktest"
)

func start(t *testing.T, log io.Writer) (*delay.Server, *http.Client) {
	t.Helper()
	leaktest.Check(t)
	s, err := delay.Start("127.0.0.1:0", log)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		s.Close()
	})
	return s, &http.Client{Transport: transport}
}

func get(t *testing.T, c *http.Client, s *delay.Server, path string) (status int, body, contentType string) {
	t.Helper()
	r, err := c.Get(fmt.Sprintf("http://%v%s", s.Addr(), path))
	if err != nil {
		t.Error(err)
		return
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	return r.StatusCode, string(b), r.Header.Get("Content-Type")
}

func TestAnswers(t *testing.T) {
	var log bytes.Buffer
	s, c := start(t, &log)
	for path, want := range map[string]string{
		"/0/hello":                "hello",
		"/5/two/parts":            "two/parts",
		"/0/a%20b%C3%A9":          "a bé",
		"/0/":                     "",
		"/0/pad?size=14":          "padHelloWorldH",
		"/0/longer%20than?size=3": "longer than",
	} {
		status, body, contentType := get(t, c, s, path)
		if status != 200 || body != want || contentType != "text/plain; charset=utf-8" {
			t.Errorf("%s: %d %q %s; want %q", path, status, body, contentType, want)
		}
	}
	if _, body, _ := get(t, c, s, "/0/big?size=1000000"); len(body) != 1000000 {
		t.Errorf("%d bytes, want 1000000", len(body))
	}
}

func TestLog(t *testing.T) {
	var log bytes.Buffer
	s, c := start(t, &log)
	get(t, c, s, "/0/first")
	get(t, c, s, "/1/line%0Abreak")
	s.Close()
	if want := "#1 - 0ms: first\n#2 - 1ms: \"line\\nbreak\"\n"; log.String() != want {
		t.Errorf("log %q, want %q", log.String(), want)
	}
}

func TestBadRequests(t *testing.T) {
	s, c := start(t, io.Discard)
	for path, want := range map[string]int{
		"/x/hello":            400,
		"/-1/hello":           400,
		"/1.5/hello":          400,
		"/3600001/hello":      400,
		"/99999999999999999/": 400,
		"/0/hello?size=x":     400,
		"/0/hello?size=-1":    400,
		"/0/hello?size=":      400,
		"/":                   404,
	} {
		status, body, _ := get(t, c, s, path)
		if status != want || strings.Count(body, "\n") != 1 {
			t.Errorf("%s: %d %q, want %d and one line", path, status, body, want)
		}
	}
}

// TestGate sends requests whose delays nobody could wait for.
func TestGate(t *testing.T) {
	for _, closing := range []bool{false, true} {
		s, c := start(t, io.Discard)
		s.Hold(4)
		var mu sync.Mutex
		var order []int
		for _, round := range [][]int{{3, 1, 4, 2}, {7, 5, 8, 6}} {
			var wg sync.WaitGroup
			for _, i := range round {
				wg.Go(func() {
					r, err := http.NewRequest("GET", fmt.Sprintf("http://%v/%d/x", s.Addr(), i*100_000), nil)
					if err != nil {
						t.Error(err)
						return
					}
					r.Close = closing
					resp, err := c.Do(r)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					order = append(order, i)
					mu.Unlock()
					resp.Body.Close()
				})
			}
			wg.Wait()
		}
		if closing && fmt.Sprint(order) != "[1 2 3 4 5 6 7 8]" || len(order) != 8 {
			t.Errorf("connections close: %v; order %v", closing, order)
		}
	}
}

func TestGateForgetsClientsThatGo(t *testing.T) {
	s, c := start(t, io.Discard)
	s.Hold(2)
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "GET /1/gone HTTP/1.1\r\nHost: x\r\n\r\n")
	done := make(chan struct{})
	go func() {
		defer close(done)
		if status, body, _ := get(t, c, s, "/2/stays"); status != 200 || body != "stays" {
			t.Errorf("%d %q", status, body)
		}
	}()
	conn.Close()
	<-done
}

func TestCloseWithRequestsPending(t *testing.T) {
	s, _ := start(t, io.Discard)
	log := &arrivals{seen: make(chan struct{}, 10)}
	held, err := delay.Start("127.0.0.1:0", log)
	if err != nil {
		t.Fatal(err)
	}
	held.Hold(100)
	for _, server := range []*delay.Server{s, held} {
		conn, err := net.Dial("tcp", server.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprint(conn, "GET /3600000/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	}
	<-log.seen
	// A body that doesn't come hides from net/http that its client is gone.
	conn, err := net.Dial("tcp", held.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "GET /3600000/x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc")
	<-log.seen
	conn.Close()
	held.Close()
	s.Close()
}

type arrivals struct{ seen chan struct{} }

func (a *arrivals) Write(p []byte) (int, error) { a.seen <- struct{}{}; return len(p), nil }

func TestPortInUse(t *testing.T) {
	s, _ := start(t, io.Discard)
	if other, err := delay.Start(s.Addr().String(), io.Discard); err == nil {
		other.Close()
		t.Error("two servers on one port")
	}
}

func Example() {
	s, err := delay.Start("127.0.0.1:0", io.Discard)
	if err != nil {
		panic(err)
	}
	defer s.Close()
	r, err := http.Get(fmt.Sprintf("http://%v/10/hello", s.Addr()))
	if err != nil {
		panic(err)
	}
	defer r.Body.Close()
	body, _ := io.ReadAll(r.Body)
	fmt.Println(r.Status, string(body))
	// Output: 200 OK hello
}

// TestHalfClosed: a client that will send no more gets its response all the same.
func TestHalfClosed(t *testing.T) {
	s, _ := start(t, io.Discard)
	for _, request := range []string{"GET /50/hello HTTP/1.0\r\n\r\n", "GET /50/hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"} {
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, request)
		c.(*net.TCPConn).CloseWrite()
		if got, err := io.ReadAll(c); !strings.HasSuffix(string(got), "\r\n\r\nhello") || err != nil {
			t.Errorf("%q: %q, %v", request, got, err)
		}
	}
}

// TestHalfClosedAtTheGate: nobody is told of a success that is none.
func TestHalfClosedAtTheGate(t *testing.T) {
	s, _ := start(t, io.Discard)
	s.Hold(2)
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET /0/hello HTTP/1.0\r\n\r\n")
	c.(*net.TCPConn).CloseWrite()
	if got, _ := io.ReadAll(c); len(got) > 0 {
		t.Errorf("%q", got)
	}
}
