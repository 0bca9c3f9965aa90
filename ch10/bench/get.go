package bench

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/netip"
	"time"

	"ch10/future"
	"ch10/http"
	"ch10/kit"
	"ch10/kit/delay"
	"ch10/runtime"
)

// get has two processes. The child is the client that is measured, and the parent starts it and is the delay server.

const (
	getDelay = time.Second
	patience = 30 * time.Second // of all clients
)

func gets(ctx context.Context, env *kit.Env, o order) ([]float64, error) {
	server, err := delay.Start("127.0.0.1:0", io.Discard)
	if err != nil {
		return nil, err
	}
	defer server.Close()
	o.Addr, o.Path = server.Addr(), fmt.Sprintf("/%d/x", env.Delay(getDelay).Milliseconds())
	return inChild(ctx, env, o)
}

// getAll is the client.
func getAll(o order) (figures []float64, err error) {
	before := usage()
	request := []byte("GET " + o.Path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	switch o.Side {
	case ours:
		get := func(int) future.Future[string] { return http.Get(o.Addr, o.Path) }
		_, err = withRuntime(o, func(rt *runtime.Runtime) (struct{}, error) {
			return runtime.BlockOn(context.Background(), rt, &joined[string]{n: o.N, task: get})
		})
	case loop:
		_, err = load(o.Addr, request, "x", o.N, o.N)
	case httpClient:
		// Each has a connection, as the others' have.
		client := nethttp.Client{Transport: &nethttp.Transport{DisableKeepAlives: true}, Timeout: patience}
		err = getByGoroutines(o.N, func() ([]byte, error) { return getOverHTTP(&client, "http://"+o.Addr.String()+o.Path) })
	default:
		err = getByGoroutines(o.N, func() ([]byte, error) { return getOverConn(o.Addr, request) })
	}
	u := usage().since(before)
	return []float64{microseconds(u.CPU, o.N), float64(u.Peak) / (1 << 20)}, err
}

func microseconds(d time.Duration, n int) float64 { return d.Seconds() * 1e6 / float64(n) }

func getByGoroutines(n int, get func() ([]byte, error)) (err error) {
	errs := make(chan error, n)
	for range n {
		go func() {
			response, err := get()
			if err == nil && !bytes.HasSuffix(response, []byte("x")) {
				err = fmt.Errorf("a response that isn't the right one: %.200q", response)
			}
			errs <- err
		}()
	}
	for range n {
		err = cmp.Or(err, <-errs)
	}
	return err
}

// getOverConn is what http.Get does.
func getOverConn(addr netip.AddrPort, request []byte) ([]byte, error) {
	c, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(addr)) // Dial would also look up names
	if err != nil {
		return nil, err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	if _, err := c.Write(request); err != nil {
		return nil, err
	}
	return io.ReadAll(c)
}

func getOverHTTP(client *nethttp.Client, url string) ([]byte, error) {
	r, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	return io.ReadAll(r.Body)
}

// mostConnections is how many there may be at once. A process has some descriptors besides.
func mostConnections() int { return max(maxDescriptors()-50, 1) }
