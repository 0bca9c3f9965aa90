package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"ch10/future"
	"ch10/http"
	"ch10/kit"
	"ch10/kit/delay"
	"ch10/runtime"
)

// get has three processes: the delay server, the client that is measured, and who asks them.

const (
	getDelay    = time.Second
	getPatience = 30 * time.Second // of all clients
)

// httpClient is a third side of get.
const httpClient side = "net/http"

// getsAtOnce is a job's measure. theirs is the side that stands for the goroutines.
func getsAtOnce(theirs side) func(context.Context, *kit.Env, int, side) ([]float64, error) {
	return func(ctx context.Context, env *kit.Env, n int, s side) (_ []float64, err error) {
		if s == goroutines {
			s = theirs
		}
		server, addr, err := startServer(ctx, "delayserver")
		if err != nil {
			return nil, err
		}
		defer func() {
			_, failed := server.stop()
			err = errors.Join(err, failed)
		}()
		var u used
		if err := ask(ctx, &u, "get", s, addr, n, env.Delay(getDelay).Milliseconds()); err != nil {
			return nil, err
		}
		return []float64{u.CPU.Seconds() * 1e6 / float64(n), float64(u.Peak) / (1 << 20)}, nil
	}
}

func delayServer([]string) (netip.AddrPort, func() error, error) {
	s, err := delay.Start("127.0.0.1:0", io.Discard)
	if err != nil {
		return netip.AddrPort{}, nil, err
	}
	return s.Addr(), s.Close, nil
}

// getAll is a worker. Its words are: which side, the address, how many, the delay.
func getAll(words []string) (any, error) {
	addr, err := netip.ParseAddrPort(words[1])
	n, err2 := strconv.Atoi(words[2])
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	before, path := usage(), "/"+words[3]+"/x"
	switch side(words[0]) {
	case ours:
		err = getByTasks(addr, path, n)
	case httpClient:
		// Each has a connection, as the others' have.
		client := nethttp.Client{Transport: &nethttp.Transport{DisableKeepAlives: true}, Timeout: getPatience}
		err = getByGoroutines(n, func() error { return getOverHTTP(&client, "http://"+addr.String()+path) })
	default:
		err = getByGoroutines(n, func() error { return getOverConn(addr, path) })
	}
	after := usage()
	return used{after.CPU - before.CPU, after.Peak - before.Peak}, err
}

func getByTasks(addr netip.AddrPort, path string, n int) error {
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		return err
	}
	_, err = runtime.BlockOn(context.Background(), rt, &joined[string]{n: n, task: func(int) future.Future[string] {
		return http.Get(addr, path)
	}})
	return errors.Join(err, rt.Shutdown(context.Background()))
}

func getByGoroutines(n int, get func() error) error {
	var all sync.WaitGroup
	var failed error
	var once sync.Once
	for range n {
		all.Go(func() {
			if err := get(); err != nil {
				once.Do(func() { failed = err })
			}
		})
	}
	all.Wait()
	return failed
}

// getOverConn is what http.Get does.
func getOverConn(addr netip.AddrPort, path string) error {
	c, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(addr))
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(getPatience))
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"); err != nil {
		return err
	}
	response, err := io.ReadAll(c)
	if err != nil {
		return err
	}
	return http.Check(response)
}

func getOverHTTP(client *nethttp.Client, url string) error {
	r, err := client.Get(url)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	_, err = io.ReadAll(r.Body)
	if err == nil && r.StatusCode != nethttp.StatusOK {
		err = fmt.Errorf("GET %s: %s", url, r.Status)
	}
	return err
}

// mostConnections is how many there may be at once. A process has some descriptors besides.
func mostConnections() (int, string) {
	n := maxDescriptors()
	return max(n-50, 1), fmt.Sprintf("a process may have %d descriptors", n)
}
