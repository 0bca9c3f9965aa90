#include "textflag.h"

// func load(addr uintptr) (value uint)
TEXT ·load(SB), NOSPLIT, $0-16
	MOVD addr+0(FP), R0
	MOVD (R0), R0 // ARM's notation, as in the book: ldr x0, [x0]
	MOVD R0, value+8(FP)
	RET
