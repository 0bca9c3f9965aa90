package main

import (
	"fmt"
	"unicode/utf16"

	"golang.org/x/sys/windows"
)

// systemWrite writes text to a console with WriteConsole, as the book does.
// WriteConsole accepts only a console, so WriteFile writes output that was
// redirected to a file or a pipe.
func systemWrite(fd uintptr, p []byte) (int, error) {
	handle := windows.Handle(fd)
	var mode, n uint32
	if windows.GetConsoleMode(handle, &mode) != nil {
		if err := windows.WriteFile(handle, p, &n, nil); err != nil {
			return 0, fmt.Errorf("WriteFile to handle %#x: %w", fd, err)
		}
		return int(n), nil
	}
	text := utf16.Encode([]rune(string(p))) // all of it ASCII, so a unit for each byte
	if err := windows.WriteConsole(handle, &text[0], uint32(len(text)), &n, nil); err != nil {
		return 0, fmt.Errorf("WriteConsole to handle %#x: %w", fd, err)
	}
	return int(n), nil
}
