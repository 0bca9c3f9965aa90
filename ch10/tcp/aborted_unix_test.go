//go:build unix && !aix

package tcp

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestAbortedConnections: BSD reports those, Linux never does; so the system is one of the test's.
func TestAbortedConnections(t *testing.T) {
	answers := []error{unix.EINTR, unix.ECONNABORTED, unix.ECONNABORTED, nil, unix.EMFILE}
	system := func(listener int) (int, error) {
		if listener != 3 {
			t.Errorf("asked descriptor %d", listener)
		}
		err := answers[0]
		answers = answers[1:]
		return 4, err
	}
	if c, err := skipAborted(system, 3); c != 4 || err != nil || len(answers) != 1 {
		t.Errorf("%d, %v, and %v not asked for", c, err, answers)
	}
	if c, err := skipAborted(system, 3); c != noDescriptor || err != unix.EMFILE {
		t.Errorf("%d, %v; want EMFILE", c, err)
	}
}
