package fiber

// A Context has the words of a thread of control that a switch saves, and loads
// to resume it. It is the book's ThreadContext. The book saves the stack pointer
// and six registers, because in the C calling convention a function keeps those
// six for its caller. In Go's convention a function keeps nothing but the stack
// pointer and the frame pointer. But Go has g, its record of the running
// goroutine, and so a switch saves the words of g that describe the stack. All
// fields are numbers, because the collector must not follow them as pointers. A
// goroutine's stack may have moved since they were saved.
type Context struct {
	SP uintptr // stack pointer; on amd64 the word there is the address at which to resume
	LR uintptr // address at which to resume on arm64, which has a register for it
	BP uintptr // frame pointer, which profilers follow

	Panics uintptr // g._panic, the panic that is running deferred calls
	Defers uintptr // g._defer, the deferred calls that are not open-coded

	Lo, Hi uintptr // g.stack, the bounds; g.stackguard0 follows from Lo
	Top    uintptr // g.stktopsp, where tracebacks expect to end
}
