//go:build unix

package poll_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ch10/poll"
)

func TestMain(m *testing.M) {
	if os.Getenv("FULL") != "" {
		full()
	}
	os.Exit(m.Run())
}

// full is a process that takes all descriptors before Go has needed one, gives some of them back, opens an event
// queue, takes all descriptors again, and sets a timer of Go's.
func full() {
	limit := unix.Rlimit{Cur: 40, Max: 40}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		fmt.Println("skip:", err)
		os.Exit(0)
	}
	for free := range 5 {
		all := takeAll()
		for _, fd := range all[:free] {
			unix.Close(fd)
		}
		p, err := poll.New()
		if err != nil && !errors.Is(err, unix.EMFILE) || free < 3 && err == nil || free == 4 && err != nil {
			fmt.Printf("%d are free: %v\n", free, err)
		}
		if err == nil {
			defer p.Close()
		}
		for _, fd := range all[free:] {
			unix.Close(fd)
		}
	}
	takeAll()
	time.Sleep(time.Millisecond)
	fmt.Println("fine")
	os.Exit(0)
}

func takeAll() (all []int) {
	for {
		fd, err := unix.Dup(0)
		if err != nil {
			return all
		}
		all = append(all, fd)
	}
}

// TestNoDescriptorsForGo: Go's runtime would end the process.
func TestNoDescriptorsForGo(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("the child would need a descriptor to write what it covers")
	}
	argv := append(strings.Fields(os.Getenv("CHILD_EXEC")), os.Args[0])
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "FULL=1")
	out, err := cmd.CombinedOutput()
	if strings.HasPrefix(string(out), "skip:") {
		t.Skip(string(out))
	}
	if err != nil || string(out) != "fine\n" {
		t.Errorf("%v\n%.2000s", err, out)
	}
}
