//go:build linux || darwin || freebsd || netbsd || windows

#include "go_asm.h" // made by the compiler: Context_SP and so on are offsets in context.go's struct
#include "textflag.h"

// Offsets in g of stack.lo, stack.hi, stackguard0, _panic and _defer. layout.go checks
// them, and finds stktopsp, whose offset differs between versions of Go.
#define g_lo 0
#define g_hi 8
#define g_guard 16
#define g_panic 32
#define g_defer 40

#define GETG(r) \
	MOVQ TLS, r; \
	MOVQ 0(r)(TLS*1), r

// func switchTo(old, new *context)
// With a frame of size 0, SP points at the return address here.
TEXT ·switchTo(SB), NOSPLIT, $0-16
	MOVQ old+0(FP), DI
	MOVQ new+8(FP), SI
	GETG(R14)

	MOVQ SP, Context_SP(DI)
	MOVQ BP, Context_BP(DI)
	MOVQ g_lo(R14), AX
	MOVQ AX, Context_Lo(DI)
	MOVQ g_hi(R14), BX
	MOVQ BX, Context_Hi(DI)
	MOVQ g_panic(R14), CX
	MOVQ CX, Context_Panics(DI)
	MOVQ g_defer(R14), DX
	MOVQ DX, Context_Defers(DI)
	MOVQ ·stktopsp(SB), R10
	MOVQ 0(R14)(R10*1), R8
	MOVQ R8, Context_Top(DI)

	MOVQ $0, g_lo(R14) // all addresses, while SP moves: on Windows a sample of the profiler ends the program if SP is in no bounds (gFromSP)
	MOVQ $-1, g_hi(R14)
	MOVQ Context_Lo(SI), AX
	MOVQ ·guardDistance(SB), R9
	ADDQ AX, R9
	MOVQ R9, g_guard(R14)
	MOVQ Context_Hi(SI), BX
	MOVQ Context_Panics(SI), CX
	MOVQ CX, g_panic(R14)
	MOVQ Context_Defers(SI), DX
	MOVQ DX, g_defer(R14)
	MOVQ Context_Top(SI), R8
	MOVQ R8, 0(R14)(R10*1)

	MOVQ Context_BP(SI), BP
	MOVQ Context_SP(SI), SP
	MOVQ AX, g_lo(R14)
	MOVQ BX, g_hi(R14)
	POPQ AX // RET does the same, but the CPU would predict that it returns to our caller, and be wrong
	JMP  AX

// TOPFRAME ends every traceback here, because nothing has called skip.
TEXT ·skip(SB), NOSPLIT|TOPFRAME|NOFRAME, $0
	CALL ·start(SB)
	CALL ·guard(SB)
	INT  $3 // guard doesn't return

// func skipPC() uintptr
TEXT ·skipPC(SB), NOSPLIT, $0-8
	LEAQ ·skip(SB), AX
	MOVQ AX, ret+0(FP)
	RET

// func marking() bool
TEXT ·marking(SB), NOSPLIT, $0-1
	CMPL  runtime·writeBarrier(SB), $0
	SETNE ret+0(FP)
	RET

// func getg() unsafe.Pointer
TEXT ·getg(SB), NOSPLIT, $0-8
	GETG(R14)
	MOVQ R14, ret+0(FP)
	RET
