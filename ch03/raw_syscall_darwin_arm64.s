#include "textflag.h"

// macOS on arm64. The number goes into X16 (R16 in Go's assembler), the
// arguments into X0 to X2. X0 returns the result. After an error the carry
// flag is set, and X0 holds the number of the error. write2 negates it, as
// Linux does.
//
// The kernel overwrites X0, X1 (the second result that a few calls have) and
// the flags.
//
// It works, but Apple promises nothing: only the functions of libSystem are
// stable.

// func write2(fd uintptr, p *byte, n uintptr) (result int)
TEXT ·write2(SB), NOSPLIT, $0-32
	MOVD $4, R16 // write
	MOVD fd+0(FP), R0
	MOVD p+8(FP), R1
	MOVD n+16(FP), R2
	SVC  $0x80
	BCC  done // no carry: no error
	NEG  R0, R0

done:
	MOVD R0, result+24(FP)
	RET
