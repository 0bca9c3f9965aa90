package bench

import (
	"bytes"
	"cmp"
	"context"
	"errors"
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

// httpClient is a third side of get.
const httpClient side = "net/http"

// getsAtOnce is get, where theirs is the side that stands for the goroutines.
func getsAtOnce(theirs side) measure {
	return func(ctx context.Context, env *kit.Env, n int, s side) ([]float64, error) {
		if s == goroutines {
			s = theirs
		}
		server, err := delay.Start("127.0.0.1:0", io.Discard)
		if err != nil {
			return nil, err
		}
		defer server.Close()
		var u used
		path := fmt.Sprintf("/%d/x", env.Delay(getDelay).Milliseconds())
		if err := ask(ctx, &u, order{Work: "get", Side: s, N: n, Addr: server.Addr(), Path: path}); err != nil {
			return nil, err
		}
		return []float64{u.CPU.Seconds() * 1e6 / float64(n), float64(u.Peak) / (1 << 20)}, nil
	}
}

// getAll is the client.
func getAll(o order) (_ any, _ func() error, err error) {
	before := usage()
	switch o.Side {
	case ours:
		err = getByTasks(o)
	case httpClient:
		// Each has a connection, as the others' have.
		client := nethttp.Client{Transport: &nethttp.Transport{DisableKeepAlives: true}, Timeout: patience}
		err = getByGoroutines(o.N, func() error { return getOverHTTP(&client, "http://"+o.Addr.String()+o.Path) })
	default:
		err = getByGoroutines(o.N, func() error { return getOverConn(o.Addr, o.Path) })
	}
	return usage().since(before), nil, err
}

func getByTasks(o order) error {
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		return err
	}
	_, err = runtime.BlockOn(context.Background(), rt, &joined[string]{n: o.N, task: func(int) future.Future[string] {
		return http.Get(o.Addr, o.Path)
	}})
	return errors.Join(err, rt.Shutdown(context.Background()))
}

func getByGoroutines(n int, get func() error) (err error) {
	errs := make(chan error, n)
	for range n {
		go func() { errs <- get() }()
	}
	for range n {
		err = cmp.Or(err, <-errs)
	}
	return err
}

// getOverConn is what http.Get does.
func getOverConn(addr netip.AddrPort, path string) error {
	c, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(addr))
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"); err != nil {
		return err
	}
	response, err := io.ReadAll(c)
	if err == nil && (!bytes.HasPrefix(response, []byte(statusOK)) || !bytes.HasSuffix(response, []byte("\r\n\r\nx"))) {
		err = fmt.Errorf("GET %v%s: %.200q", addr, path, response)
	}
	return err
}

func getOverHTTP(client *nethttp.Client, url string) error {
	r, err := client.Get(url)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode != nethttp.StatusOK {
		return fmt.Errorf("GET %s: %s", url, r.Status)
	}
	_, err = io.ReadAll(r.Body)
	return err
}

// mostConnections is how many there may be at once. A process has some descriptors besides.
func mostConnections() (int, string) {
	n := maxDescriptors()
	return max(n-50, 1), fmt.Sprintf("a process may have %d descriptors", n)
}
