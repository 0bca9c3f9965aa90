//go:build !darwin && !freebsd && !linux && !netbsd && !windows

package thread

// ID returns false, because the number is unknown. OpenBSD has getthrid(2),
// but it refuses system calls by number, so only C can call it.
func ID() (id uint64, ok bool) { return 0, false }
