package main

import "ch10/bench"

// Package bench does the measuring. For a measurement that needs a process of its own, it starts this program again, as
// example bench.
var (
	benchmark bench.Options
	million   bench.Million
)
