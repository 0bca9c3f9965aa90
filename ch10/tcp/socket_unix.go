//go:build unix && !aix

package tcp

import "golang.org/x/sys/unix"

type descriptor = int

const (
	soError = unix.SO_ERROR

	// A listener takes over the port of a server that has just ended: without REUSEADDR
	// its last connections keep the port for a minute or more.
	reuseAddr = true
)

func read(fd descriptor, b []byte) (int, error)  { return retry(unix.Read, fd, b) }
func write(fd descriptor, b []byte) (int, error) { return retry(unix.Write, fd, b) }

// retry repeats a call that a signal interrupted. Go's runtime sends itself
// signals to preempt goroutines, so this does happen. It asks for 1 GiB at
// most, because macOS and FreeBSD refuse more than 2.
func retry(call func(int, []byte) (int, error), fd descriptor, b []byte) (int, error) {
	for {
		n, err := call(fd, b[:min(len(b), 1<<30)])
		if err != unix.EINTR {
			return n, err
		}
	}
}

func accept(fd descriptor) (descriptor, error) { return skipAborted(acceptOne, fd) }

// skipAborted skips connections whose peer gave up while they were in the backlog.
func skipAborted(accept func(int) (int, error), fd descriptor) (descriptor, error) {
	for {
		c, err := accept(fd)
		switch err {
		case nil:
			return c, nil
		case unix.EINTR, unix.ECONNABORTED:
		default:
			return noDescriptor, err
		}
	}
}

func closeDescriptor(fd descriptor) error { return unix.Close(fd) }

// isInProgress includes a connect that a signal interrupted, and that continues: connect(2).
func isInProgress(err error) bool   { return err == unix.EINPROGRESS || err == unix.EINTR }
func isWouldBlock(err error) bool   { return err == unix.EAGAIN || err == unix.EWOULDBLOCK }
func isNotConnected(err error) bool { return err == unix.ENOTCONN }
