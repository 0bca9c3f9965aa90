package main

import (
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
		{"1400\n", "400\n", true},
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
