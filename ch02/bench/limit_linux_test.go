package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestControlGroupLimit(t *testing.T) {
	for _, c := range []struct {
		max, current string
		full         bool
	}{
		{"max\n", "400\n", false},
		{"2000\n", "400\n", false},
		{fmt.Sprintln(1401 + spare), "400\n", false},
		{fmt.Sprintln(1400 + spare), "400\n", true},
		{"1416\n", "400\n", true},
		{"500\n", "400\n", true},
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{"pids.max": c.max, "pids.current": c.current} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := roomInGroup(dir, 1000); (err != nil) != c.full {
			t.Errorf("max %q, current %q: %v", c.max, c.current, err)
		}
	}
	if err := roomInGroup(t.TempDir(), 1000); err != nil {
		t.Errorf("no limit to read: %v", err)
	}
}

func TestUserLimit(t *testing.T) {
	for limit, full := range map[uint64]bool{
		50: true, 100: true, 105: true, 116: true, uint64(100 + spare): true, uint64(101 + spare): false,
		1<<64 - 1: false, // RLIM_INFINITY
	} {
		if got := tooMany(100, 0, limit); got != full {
			t.Errorf("limit %d: %v", limit, got)
		}
	}
}
