package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"ch04/delay"
)

func init() {
	moreFlags = append(moreFlags, func(fs *flag.FlagSet, env *Env) {
		fs.StringVar(&env.Server, "server", "", "use the delay server that runs at `host:port`")
	})
}

// delayServer returns the address of a delay server: the one that -server
// names, or one in this process that runs until stop is called.
func (env *Env) delayServer() (addr netip.AddrPort, stop func(), err error) {
	if env.Server == "" {
		s, err := delay.Start("127.0.0.1:0", io.Discard)
		if err != nil {
			return addr, nil, err
		}
		return s.Addr(), func() { s.Close() }, nil
	}
	// Dial tries every address that the name resolves to.
	c, err := net.DialTimeout("tcp", env.Server, 5*time.Second)
	if err != nil {
		return addr, nil, fmt.Errorf("delay server %s: %w", env.Server, err)
	}
	defer c.Close()
	return c.RemoteAddr().(*net.TCPAddr).AddrPort(), func() {}, nil
}
