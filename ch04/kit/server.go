package kit

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"ch04/kit/delay"
)

// Requests holds the requests of one run of an example. They go to one delay server, and each has a row
// in the timeline. Errors are kept until Finish, because a request that fails must not stop the others.
// Any goroutine may use it.
type Requests struct {
	Addr  netip.AddrPort // of the server
	Begin time.Time

	env  *Env
	stop func()
	mu   sync.Mutex
	rows Timeline
	errs []error
}

// Requests returns the requests of a run, none yet. They go to the server that -server names, or else to
// one that it starts in this process and that runs until Close.
func (env *Env) Requests() (*Requests, error) {
	r := &Requests{env: env, Begin: time.Now()}
	if env.Server == "" {
		s, err := delay.Start("127.0.0.1:0", io.Discard)
		if err != nil {
			return nil, err
		}
		r.Addr, r.stop = s.Addr(), func() { s.Close() }
		return r, nil
	}
	// Dial tries every address that the name resolves to.
	c, err := net.DialTimeout("tcp", env.Server, 5*time.Second)
	if err != nil {
		return nil, fmt.Errorf("delay server %s: %w", env.Server, err)
	}
	defer c.Close()
	r.Addr, r.stop = c.RemoteAddr().(*net.TCPAddr).AddrPort(), func() {}
	return r, nil
}

// Path returns the path that asks for message after the delay d, at the chosen speed.
func (r *Requests) Path(d time.Duration, message string) string {
	return fmt.Sprintf("/%d/%s", r.env.Delay(d).Milliseconds(), message)
}

// Row begins a row in the timeline. The caller calls end when the request is over.
func (r *Requests) Row(label string) (end func(err error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := len(r.rows)
	r.rows = append(r.rows, Row{Label: label, Start: time.Since(r.Begin)})
	return func(err error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.rows[i].End, r.rows[i].Failed = time.Since(r.Begin), err != nil
	}
}

// OK reports whether err is nil, and keeps an error for Finish.
func (r *Requests) OK(err error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.errs = append(r.errs, err)
	}
	return err == nil
}

// Finish prints the timeline, and returns all errors joined, err last.
func (r *Requests) Finish(err error) error {
	r.rows.Print(r.env.Out)
	return errors.Join(append(r.errs, err)...)
}

// Close stops the server, if it is in this process.
func (r *Requests) Close() { r.stop() }
