package runtime

// CloseQueue closes rt's event queue: the next wait fails. Nobody must be waiting.
func CloseQueue(rt *Runtime) error { return rt.queue.Close() }

// Timers returns how many are in rt's heap. Like Sources, it is for the worker, or when there is none.
func Timers(rt *Runtime) int { return len(rt.timers.entries) }

// Sources returns how many are registered with rt.
func Sources(rt *Runtime) int { return rt.sources.n }

// Running returns how many functions of Blocking run.
func Running(rt *Runtime) int {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	return rt.blocking
}
