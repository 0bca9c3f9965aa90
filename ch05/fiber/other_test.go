//go:build !((amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows))

package fiber

import (
	"errors"
	"testing"
)

func TestUnsupported(t *testing.T) {
	if rt, err := New(Options{}); rt != nil || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%v, %v; want errors.ErrUnsupported", rt, err)
	}
	if err := Spawn(func() {}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Spawn: %v", err)
	}
	if err := Wait(nil, 0); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Wait: %v", err)
	}
	t.Skip("all other tests: no fibers on this system")
}
