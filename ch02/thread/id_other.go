//go:build !darwin && !freebsd && !linux && !netbsd && !windows

package thread

// ID is unknown. OpenBSD has getthrid(2), but only for C: system calls by
// number are refused there.
func ID() (id uint64, ok bool) { return 0, false }
