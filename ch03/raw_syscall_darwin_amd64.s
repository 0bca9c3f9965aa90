#include "textflag.h"

// macOS on amd64. Most is as on Linux, but the number carries the class of the
// call (2 for BSD) in its upper bits. After an error the carry flag is set,
// and RAX holds the number of the error. write2 negates it, as Linux does.
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
