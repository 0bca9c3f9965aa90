#include "textflag.h"

// Linux on amd64, see syscall(2): the number goes into RAX, the arguments
// into RDI, RSI and RDX. RAX returns the result; -4095 to -1 is an error's
// number, negated.
//
// The SYSCALL instruction itself overwrites RCX (with the address to return
// to) and R11 (with the flags). Nothing here lives in them across it, and
// nothing has to be saved for the caller: an assembly function of Go's may
// overwrite every register but SP, BP and the one that holds g.

// func write2(fd uintptr, p *byte, n uintptr) (written int, errno uintptr)
TEXT ·write2(SB), NOSPLIT, $0-40
	MOVQ $1, AX // write
	MOVQ fd+0(FP), DI
	MOVQ p+8(FP), SI
	MOVQ n+16(FP), DX
	SYSCALL
	CMPQ AX, $-4095
	JCC  failed // unsigned: AX is one of the 4095 highest numbers
	MOVQ AX, written+24(FP)
	MOVQ $0, errno+32(FP)
	RET

failed:
	NEGQ AX
	MOVQ $0, written+24(FP)
	MOVQ AX, errno+32(FP)
	RET
