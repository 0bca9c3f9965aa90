package runtime_test

import (
	"flag"
	"os"
	"testing"
)

var workers = flag.Int("workers", 0, "how many each runtime has, unless its test needs one; 0: all tests with 1, and again with 2")

func TestMain(m *testing.M) {
	flag.Parse()
	if *workers > 0 {
		os.Exit(m.Run())
	}
	status := 0
	for *workers = 1; *workers <= 2; *workers++ {
		status = max(status, m.Run())
	}
	os.Exit(status)
}
