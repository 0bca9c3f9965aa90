//go:build !(unix || windows) || aix

package tcp

import (
	"errors"
	"net/netip"
)

type descriptor int

const noDescriptor descriptor = -1

func sockaddr(netip.AddrPort) (any, int, error) { return nil, 0, errors.ErrUnsupported }
func socket(int) (descriptor, error)            { return noDescriptor, errors.ErrUnsupported }
func connect(descriptor, any) error             { return errors.ErrUnsupported }
func read(descriptor, []byte) (int, error)      { return 0, errors.ErrUnsupported }
func write(descriptor, []byte) (int, error)     { return 0, errors.ErrUnsupported }
func socketError(descriptor) error              { return errors.ErrUnsupported }
func closeDescriptor(descriptor) error          { return errors.ErrUnsupported }
func isWouldBlock(error) bool                   { return false }
func isNotConnected(error) bool                 { return false }

func localAddr(descriptor) (netip.AddrPort, error) { return netip.AddrPort{}, errors.ErrUnsupported }
