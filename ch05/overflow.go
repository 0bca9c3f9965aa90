package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"ch05/fiber"
	"ch05/kit"
)

// overflowChild is set in the environment of the process that is to overflow.
const overflowChild = "CH05_OVERFLOW"

// overflow lets a fiber recurse without end. That is fatal to the process, so
// overflow starts this program once more, as a child.
func overflow(ctx context.Context, env *kit.Env) error {
	if os.Getenv(overflowChild) != "" {
		return runAway(env)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// A test under an emulator names it in CHILD_EXEC.
	argv := append(strings.Fields(os.Getenv("CHILD_EXEC")), self, "overflow")
	child := exec.CommandContext(ctx, argv[0], argv[1:]...)
	child.Env = append(os.Environ(), overflowChild+"=1", "GOTRACEBACK=single")
	out, err := child.CombinedOutput()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for i, l := range lines {
		if i == 12 {
			fmt.Fprintf(env.Out, "  child| … and %d lines more\n", len(lines)-i)
			break
		}
		fmt.Fprintf(env.Out, "  child| %s\n", strings.TrimSuffix(l, "\r"))
	}
	if child.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), "stack overflow") {
		return fmt.Errorf("overflow: the child was to end with \"stack overflow\" and status 2: %v", err)
	}
	fmt.Fprintln(env.Out, "\nThe child ended with Go's own \"stack overflow\" and exit status 2. In the book's runtime\n"+
		"the fiber would have gone on below its stack, in memory that belongs to something else.")
	return nil
}

// runAway is the child's part.
func runAway(env *kit.Env) error {
	deep := make(chan int)
	return runFibers(fiber.Options{}, func() {
		go func() { deep <- recurse(1_000_000) }()
		fmt.Fprintf(env.Out, "an ordinary goroutine: %d calls deep, and back\n", <-deep)
		fmt.Fprintln(env.Out, "a fiber with 64 KiB, without an end:")
		recurse(1 << 62)
	})
}

// recurse calls itself n times, and each call has a frame.
func recurse(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + recurse(n-1)
}
