package bench

import "golang.org/x/sys/unix"

func peak(u *unix.Rusage) (bytes int64) { return u.Maxrss }
