package main

import (
	"errors"
	"os"
	"strings"
	"testing"
	"unsafe"
)

// The kernel lays these structures out; ours have to be the same.
func TestRingStructures(t *testing.T) {
	for name, size := range map[string][2]uintptr{
		"io_uring_sqe":       {unsafe.Sizeof(sqe{}), 64},
		"io_uring_cqe":       {unsafe.Sizeof(cqe{}), 16},
		"io_uring_params":    {unsafe.Sizeof(ringParams{}), 120},
		"io_cqring_offsets":  {unsafe.Sizeof(ringParams{}.cq), 40},
		"its offset":         {unsafe.Offsetof(ringParams{}.cq), 80},
		"sqe.user_data's":    {unsafe.Offsetof(sqe{}.userData), 32},
		"sqe.addr's":         {unsafe.Offsetof(sqe{}.addr), 16},
		"params.features'":   {unsafe.Offsetof(ringParams{}.features), 20},
		"cq.cqes' in params": {unsafe.Offsetof(ringParams{}.cq) + unsafe.Offsetof(ringParams{}.cq.cqes), 100},
	} {
		if size[0] != size[1] {
			t.Errorf("%s: %d bytes, want %d", name, size[0], size[1])
		}
	}
}

func TestRingUnmapsItsQueues(t *testing.T) {
	mappings := func() int {
		b, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(b), "io_uring")
	}
	before := mappings()
	r, err := newRing(newInbox(nil), 4)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if n := mappings(); n != before+2 {
		t.Errorf("%d mappings of a ring, want 2", n-before)
	}
	r.close()
	if n := mappings(); n != before {
		t.Errorf("%d mappings left", n-before)
	}
}
