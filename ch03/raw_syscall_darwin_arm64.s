#include "textflag.h"

// macOS on arm64: the number goes into X16 (R16 in Go's assembler), the
// arguments into X0 to X2. X0 returns the result; the carry flag tells that it
// is an error's number instead.
//
// The kernel overwrites X0, X1 (the second result that a few calls have) and
// the flags.
//
// It works, but Apple promises nothing: only the functions of libSystem are
// stable.

// func write2(fd uintptr, p *byte, n uintptr) (written int, errno uintptr)
TEXT ·write2(SB), NOSPLIT, $0-40
	MOVD $4, R16 // write
	MOVD fd+0(FP), R0
	MOVD p+8(FP), R1
	MOVD n+16(FP), R2
	SVC  $0x80
	BCS  failed
	MOVD R0, written+24(FP)
	MOVD ZR, errno+32(FP)
	RET

failed:
	MOVD ZR, written+24(FP)
	MOVD R0, errno+32(FP)
	RET
