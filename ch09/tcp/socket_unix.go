//go:build unix && !aix

package tcp

import "golang.org/x/sys/unix"

type descriptor = int

const soError = unix.SO_ERROR

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

func closeDescriptor(fd descriptor) error { return unix.Close(fd) }

// isInProgress includes a connect that a signal interrupted, and that continues: connect(2).
func isInProgress(err error) bool   { return err == unix.EINPROGRESS || err == unix.EINTR }
func isWouldBlock(err error) bool   { return err == unix.EAGAIN || err == unix.EWOULDBLOCK }
func isNotConnected(err error) bool { return err == unix.ENOTCONN }
