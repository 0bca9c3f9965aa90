#include "textflag.h"

// Linux on amd64, see syscall(2). The number goes into RAX, the arguments into
// RDI, RSI and RDX. RAX returns the result; -4095 to -1 is the number of an
// error, negated.
//
// The SYSCALL instruction itself overwrites RCX (with the address to return
// to) and R11 (with the flags). No value is kept in them across it. Nothing
// has to be saved for the caller either, because an assembly function of Go's
// may overwrite every register but SP, BP and the one that holds g.

// func write2(fd uintptr, p *byte, n uintptr) (result int)
TEXT ·write2(SB), NOSPLIT, $0-32
	MOVQ $1, AX // write
	MOVQ fd+0(FP), DI
	MOVQ p+8(FP), SI
	MOVQ n+16(FP), DX
	SYSCALL
	MOVQ AX, result+24(FP)
	RET
