#include "textflag.h"

// func load(addr uintptr) (value uint)
TEXT ·load(SB), NOSPLIT, $0-16
	MOVQ addr+0(FP), AX
	MOVQ (AX), AX // Intel's notation, as in the book: mov rax, [rax]
	MOVQ AX, value+8(FP)
	RET
