//go:build linux || darwin || freebsd || netbsd || windows

#include "go_asm.h"
#include "textflag.h"

// Offsets in g of stack.lo, stack.hi, stackguard0, _panic and _defer. layout.go checks
// them, and finds stktopsp, whose offset differs between versions of Go. g has a
// register of its own on this processor.
#define g_lo 0
#define g_hi 8
#define g_guard 16
#define g_panic 32
#define g_defer 40

// func switchTo(old, new *context)
// Without a frame the return address stays in R30, and is saved from there.
TEXT ·switchTo(SB), NOSPLIT|NOFRAME, $0-16
	MOVD old+0(FP), R0
	MOVD new+8(FP), R1

	MOVD RSP, R2
	MOVD R2, Context_SP(R0)
	MOVD R30, Context_LR(R0)
	MOVD R29, Context_BP(R0)
	MOVD g_lo(g), R2
	MOVD R2, Context_Lo(R0)
	MOVD g_hi(g), R3
	MOVD R3, Context_Hi(R0)
	MOVD g_panic(g), R4
	MOVD R4, Context_Panics(R0)
	MOVD g_defer(g), R5
	MOVD R5, Context_Defers(R0)
	MOVD ·stktopsp(SB), R8
	MOVD (g)(R8), R6
	MOVD R6, Context_Top(R0)

	MOVD $0, R2
	MOVD R2, g_lo(g) // all addresses, while RSP moves: on Windows a sample of the profiler ends the program if SP is in no bounds (gFromSP)
	MOVD $-1, R3
	MOVD R3, g_hi(g)
	MOVD Context_Lo(R1), R2
	MOVD ·guardDistance(SB), R3
	ADD  R2, R3
	MOVD R3, g_guard(g)
	MOVD Context_Hi(R1), R3
	MOVD Context_Panics(R1), R4
	MOVD R4, g_panic(g)
	MOVD Context_Defers(R1), R5
	MOVD R5, g_defer(g)
	MOVD Context_Top(R1), R6
	MOVD R6, (g)(R8)

	MOVD Context_BP(R1), R29
	MOVD Context_LR(R1), R30
	MOVD Context_SP(R1), R7
	MOVD R7, RSP
	MOVD R2, g_lo(g)
	MOVD R3, g_hi(g)
	JMP  (R30) // RET does the same, but the CPU would predict that it returns to our caller, and be wrong

// TOPFRAME ends every traceback here, because nothing has called skip.
TEXT ·skip(SB), NOSPLIT|TOPFRAME|NOFRAME, $0
	MOVD $0, R30
	BL   ·start(SB)
	BL   ·guard(SB)
	BRK  // guard doesn't return

// func skipPC() uintptr
TEXT ·skipPC(SB), NOSPLIT, $0-8
	MOVD $·skip(SB), R0
	MOVD R0, ret+0(FP)
	RET

// func marking() bool
TEXT ·marking(SB), NOSPLIT, $0-1
	MOVWU runtime·writeBarrier(SB), R0
	CMP   $0, R0
	CSET  NE, R0
	MOVB  R0, ret+0(FP)
	RET

// func getg() unsafe.Pointer
TEXT ·getg(SB), NOSPLIT, $0-8
	MOVD g, R0
	MOVD R0, ret+0(FP)
	RET
