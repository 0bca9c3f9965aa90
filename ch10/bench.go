package main

import "ch10/bench"

// What measures stands in package bench. It starts this program again, as bench, for what needs a process
// of its own.
var (
	benchmark bench.Options
	million   bench.Million
)
