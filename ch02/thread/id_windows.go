package main

import "golang.org/x/sys/windows"

// threadID asks the system which thread runs this: GetCurrentThreadId.
func threadID() (id uint64, ok bool) { return uint64(windows.GetCurrentThreadId()), true }
