//go:build linux || darwin || freebsd || netbsd || windows

#include "go_asm.h"
#include "textflag.h"

// Of g, which has a register of its own here: stack.lo, stack.hi, stackguard0,
// _panic, _defer. layout.go checks them, and finds stktopsp, which moves from
// version to version.
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
	MOVD R2, context_sp(R0)
	MOVD R30, context_lr(R0)
	MOVD R29, context_bp(R0)
	MOVD g_lo(g), R2
	MOVD R2, context_lo(R0)
	MOVD g_hi(g), R3
	MOVD R3, context_hi(R0)
	MOVD g_panic(g), R4
	MOVD R4, context_panics(R0)
	MOVD g_defer(g), R5
	MOVD R5, context_defers(R0)
	MOVD ·stktopsp(SB), R8
	MOVD (g)(R8), R6
	MOVD R6, context_top(R0)

	MOVD context_lo(R1), R2
	MOVD R2, g_lo(g)
	MOVD ·guardDistance(SB), R3
	ADD  R3, R2
	MOVD R2, g_guard(g)
	MOVD context_hi(R1), R3
	MOVD R3, g_hi(g)
	MOVD context_panics(R1), R4
	MOVD R4, g_panic(g)
	MOVD context_defers(R1), R5
	MOVD R5, g_defer(g)
	MOVD context_top(R1), R6
	MOVD R6, (g)(R8)

	MOVD context_bp(R1), R29
	MOVD context_lr(R1), R30
	MOVD context_sp(R1), R2
	MOVD R2, RSP
	JMP  (R30) // RET does the same, but the CPU would predict that it returns to our caller, and be wrong

// TOPFRAME tells tracebacks that nobody called this.
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

// func getg() uintptr
TEXT ·getg(SB), NOSPLIT, $0-8
	MOVD g, R0
	MOVD R0, ret+0(FP)
	RET

// func getsp() uintptr
TEXT ·getsp(SB), NOSPLIT, $0-8
	MOVD RSP, R0
	MOVD R0, ret+0(FP)
	RET

// func word(p, offset uintptr) uintptr
TEXT ·word(SB), NOSPLIT, $0-24
	MOVD p+0(FP), R0
	MOVD offset+8(FP), R1
	MOVD (R0)(R1), R0
	MOVD R0, ret+16(FP)
	RET
