package thread

import "golang.org/x/sys/windows"

// ID calls GetCurrentThreadId.
func ID() (id uint64, ok bool) { return uint64(windows.GetCurrentThreadId()), true }
