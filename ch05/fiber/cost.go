//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import "time"

// Switches measures the bare switch: n of them to and fro between Run's stack
// and a fiber's, without a scheduler in between. It returns the time of one.
func (rt *Runtime) Switches(n int) (time.Duration, error) {
	if err := rt.mayCall(); err != nil {
		return 0, err
	}
	f, err := rt.available()
	if err != nil {
		return 0, err
	}
	f.run = func() {
		for {
			switchTo(&f.context, &rt.base)
		}
	}
	rt.arena.prepare(f)
	rt.inRun = true
	rt.watch()
	rt.current, f.back = f, &rt.base
	switchTo(&rt.base, &f.context) // starts it
	begin := time.Now()
	for range n / 2 {
		switchTo(&rt.base, &f.context)
	}
	took := time.Since(begin)
	rt.check()
	rt.inRun, rt.current = false, nil
	rt.free(f)
	return took, nil
}
