package fiber

// A Context is what has to be saved of a thread of control so that it can go
// on later: the book's ThreadContext. The book saves the stack pointer and six
// registers, because the C calling convention promises to a function that its
// callee leaves those alone. Go's promises nothing of the kind: at a call every
// register but the stack pointer and the frame pointer is free. What Go needs
// instead are the words of g, its own record of the running goroutine, that
// describe the stack. All are numbers and not pointers: the collector must not
// follow them, since a goroutine's stack may have moved away from under them.
type Context struct {
	SP uintptr // stack pointer; where it goes on is the word there (amd64), or
	LR uintptr // this (arm64, which keeps a return address in a register)
	BP uintptr // frame pointer: profilers walk along it

	Panics uintptr // g._panic: a panic that runs deferred calls now
	Defers uintptr // g._defer: deferred calls that are not open-coded

	Lo, Hi uintptr // g.stack; g.stackguard0 follows from Lo
	Top    uintptr // g.stktopsp: where tracebacks expect to end
}
