#include "textflag.h"

// macOS on amd64: as on Linux, but the number carries the class of the call
// (2: BSD) in its upper bits, and an error is told by the carry flag, with the
// error's number in RAX as it is; negated, it is told as on Linux.
//
// SYSCALL overwrites RCX and R11; the kernel overwrites RDX too, with the
// second result that a few calls have.
//
// It works, but Apple promises nothing: only the functions of libSystem are
// stable. Go itself called the kernel like this until versions 1.11 and 1.12,
// and macOS 10.12 broke Go programs that did.

// func write2(fd uintptr, p *byte, n uintptr) (result int)
TEXT ·write2(SB), NOSPLIT, $0-32
	MOVQ $0x2000004, AX // write
	MOVQ fd+0(FP), DI
	MOVQ p+8(FP), SI
	MOVQ n+16(FP), DX
	SYSCALL
	JCC  done // no carry: no error
	NEGQ AX

done:
	MOVQ AX, result+24(FP)
	RET
