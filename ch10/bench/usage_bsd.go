//go:build freebsd || netbsd || openbsd

package bench

import "golang.org/x/sys/unix"

func peak(u *unix.Rusage) (bytes int64) { return u.Maxrss << 10 }
