package main

import "ch10/kit"

const (
	chapter  = "ch10"
	headline = "futures"
)

var examples = traced([]kit.Example{
	{Letter: "a", Name: "futures", Section: "Setting up our example", Page: 253, Speed: true, Server: true,
		Doc: "two requests on the final runtime; then with a buffer, and a pointer to it", Run: futures},
	{Letter: "b", Name: "foreign", Section: "Experimenting with our runtime", Page: 261, Speed: true, Server: true,
		Doc: "futures that know nothing of the runtime: net/http, a callback of Go's; then 100 tasks", Run: foreign},
	{Letter: "c", Name: "parker", Section: "executor.rs", Page: 256,
		Doc: "why park and unpark by themselves lose wake-ups: every order of the steps, counted", Run: parkers},
	{Letter: "d", Name: "serve", Section: "–",
		Doc: "the delay server on this runtime: keep-alive, pipelining, limits; Ctrl-C stops it gracefully", Flags: serveFlags, Run: serve},
	{Letter: "e", Name: "bench", Section: "–", Speed: true,
		Doc: "every job here and with goroutines, in one table", Flags: benchmark.Flags, Run: benchmark.Run},
	{Letter: "f", Name: "million", Section: "–",
		Doc: "1,000,000 tasks that wait at once: bytes and time, beside goroutines", Flags: million.Flags, Run: million.Run},
	{Name: "corofy", Section: "–",
		Doc: "FILE [-o OUT]: rewrites FILE's coroutines as state machines", Flags: corofyFlags, Run: corofyTool},
})

func main() { kit.Main(chapter, headline, examples) }
