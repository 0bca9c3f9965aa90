package tcp

// Waiting returns how many wait for a connection of l.
func Waiting(l *Listener) int { return len(l.waiting) }
