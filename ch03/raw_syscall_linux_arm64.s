#include "textflag.h"

// Linux on arm64, see syscall(2). The number goes into X8 (R8 in Go's
// assembler), the arguments into X0 to X2. X0 returns the result; -4095 to -1
// is the number of an error, negated.
//
// The kernel preserves every other general register. The numbers of the calls
// are not those of amd64, so write is 64 here and 1 there.

// func write2(fd uintptr, p *byte, n uintptr) (result int)
TEXT ·write2(SB), NOSPLIT, $0-32
	MOVD $64, R8 // write
	MOVD fd+0(FP), R0
	MOVD p+8(FP), R1
	MOVD n+16(FP), R2
	SVC
	MOVD R0, result+24(FP)
	RET
