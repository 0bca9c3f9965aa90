package main

import (
	"strconv"
	"strings"
	"testing"

	"ch02/kit/kittest"
)

func TestCostsTable(t *testing.T) {
	out, stderr, status := command("costs", "-n", "10000", "-threads", "10")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, %q", status, stderr)
	}
	kittest.InOrder(t, out, "CPUs", "create+finish", "switch", "memory, waiting")
	cheapest := map[int]bool{} // columns in which a model has the ratio 1
	for _, name := range fiveModels {
		_, line, _ := strings.Cut(out, "\n  "+name+" ")
		line, _, _ = strings.Cut(line, "\n")
		line = strings.ReplaceAll(strings.ReplaceAll(line, " ns", ""), " B", "")
		fields := strings.Fields(line) // units, then three times a cost and its ratio
		units := "10000"
		if name == "os-threads" {
			units = "10"
		}
		if len(fields) != 7 || fields[0] != units {
			t.Errorf("%s: %q", name, fields)
			continue
		}
		for i, f := range fields[1:] {
			v, err := strconv.ParseFloat(f, 64)
			if isRatio := i%2 == 1; err != nil || v <= 0 || isRatio && v < 1 {
				t.Errorf("%s: column %d: %q", name, i, f)
			} else if isRatio && v == 1 {
				cheapest[i] = true
			}
		}
		kittest.InOrder(t, out, "what was measured", "\n  "+name+": ")
	}
	if len(cheapest) != 3 {
		t.Errorf("not every cost has a model that is the cheapest:\n%s", out)
	}
	kittest.InOrder(t, out, "coroutines: ", "memory: ", "Not in it")
}

func TestCostsBadFlags(t *testing.T) {
	for _, args := range []string{"-n 999", "-n -1", "-n 1000001", "-threads 9", "-threads 8001"} {
		out, stderr, status := command(append([]string{"costs"}, strings.Fields(args)...)...)
		if status != 2 || out != "" || !strings.Contains(stderr, "want a number from") {
			t.Errorf("%s: status %d, %q, %q", args, status, out, stderr)
		}
	}
}

// The models do everything n times, which is counted here and not timed.
func TestModelsRunEveryUnit(t *testing.T) {
	const n = 10
	sum := n * (n - 1) / 2
	for name, create := range map[string]func(int){
		"callbacks": createCallbacks, "promises": createPromises, "coroutines": createCoroutines,
	} {
		sink = 0
		if create(n); sink != sum {
			t.Errorf("%s: units made %d, want %d", name, sink, sum)
		}
	}
	sink = 0
	if swapPromises(n); sink != n {
		t.Errorf("promises: %d thens ran, want %d", sink, n)
	}
	for _, m := range models(n, n) {
		m.Swap(1)
		m.Swap(n)
		m.Wait(n)()
	}
}
