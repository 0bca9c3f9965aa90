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
func listen(descriptor, any) error              { return errors.ErrUnsupported }
func accept(descriptor) (descriptor, error)     { return noDescriptor, errors.ErrUnsupported }
func noDelay(descriptor) error                  { return errors.ErrUnsupported }
func closeWrite(descriptor) error               { return errors.ErrUnsupported }
func isConnected(descriptor) bool               { return false }
func isWouldBlock(error) bool                   { return false }
func isNotConnected(error) bool                 { return false }

func localAddr(descriptor) (netip.AddrPort, error) { return netip.AddrPort{}, errors.ErrUnsupported }
func peerAddr(descriptor) netip.AddrPort           { return netip.AddrPort{} }
