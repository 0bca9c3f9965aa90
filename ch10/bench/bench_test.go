package bench

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"ch10/kit"
	"ch10/kit/kittest"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

var program = kittest.Program{Chapter: "ch10", Headline: "bench", Examples: []kit.Example{
	{Letter: "a", Name: "bench", Section: "–", Doc: "in one table", Speed: true, Flags: benchmark.Flags, Run: benchmark.Run},
	{Letter: "b", Name: "million", Section: "–", Doc: "wait", Flags: million.Flags, Run: million.Run},
}}

var (
	benchmark Options
	million   Million
)

// TestMain: a child process is this program, too.
func TestMain(m *testing.M) {
	kittest.Main(m, func() { kit.Main(program.Chapter, program.Headline, program.Examples) })
}

// ok runs an example that has to work and returns what it printed.
func ok(t *testing.T, args ...string) string {
	t.Helper()
	leaktest.Check(t)
	out, stderr, status := program.Command(args...)
	if status != 0 || stderr != "" {
		t.Fatalf("%q: status %d, %q\n%s", args, status, stderr, out)
	}
	return out
}

// measuredAs are the jobs and their units.
var measuredAs = map[string][]string{
	"spawn": {"ns"}, "spawn-join": {"ns"}, "yield": {"ns"}, "yield-await": {"ns"}, "wake": {"ns"}, "wake-outside": {"ns"}, "ping-pong": {"ns"}, "ping-pong-await": {"ns"},
	"channel": {"ns"}, "timers": {"ns"},
	"sleepers":     {"live B", "peak B", "CPU ns"},
	"get":          {"CPU µs", "peak MiB"},
	"get-net/http": {"CPU µs", "peak MiB"},
	"get-loop":     {"CPU µs", "peak MiB"},
	"serve":        {"requests/s", "CPU µs"},
	"serve-loop":   {"requests/s", "CPU µs"},

	"compute": {"ns"}, "compute-workers": {"ns"},
	"serve-compute": {"requests/s", "CPU µs"}, "serve-compute-workers": {"requests/s", "CPU µs"},
}

func TestBenchTable(t *testing.T) {
	out := ok(t, "bench", "-n", "20", "-rounds", "1", "-speed", "1000")
	rows := []string{"job", "ours", "goroutines", "ratio", "on 1 P", "ratio"}
	for _, j := range jobs {
		for _, u := range measuredAs[j.name] {
			rows = append(rows, "\n  "+j.name+" ", "20  "+u)
		}
	}
	kittest.InOrder(t, out, append(rows, "\n\n  spawn ", "against n", " 2 ", " 20\n", "ours", "goroutines",
		"\n\n  sleepers ", "against n", " 2 ", " 20\n", "ours", "goroutines",
		"cores", "go1.", "median of 1 rounds", "\n  spawn: ", "\n  serve: ", "on 1 P: ")...)
	_, table, _ := strings.Cut(out, "\n")
	table, _, _ = strings.Cut(table, "\n\n")
	for line := range strings.Lines(table) {
		if cells := strings.Fields(line); len(cells) != 8 && len(cells) != 9 {
			t.Errorf("%d cells: %q", len(cells), line)
		}
	}
}

func TestBenchJSON(t *testing.T) {
	const rounds = 2
	out := ok(t, "bench", "-json", "-n", "10", "-rounds", "2", "-speed", "1000")
	found := map[string][]string{}
	for line := range strings.Lines(out) {
		var r result
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if r.N == 10 {
			found[r.Job] = append(found[r.Job], r.Unit)
		} else if r.N != 1 || r.Job != "spawn" && r.Job != "sleepers" {
			t.Errorf("n: %q", line)
		}
		sides := 2
		if r.Unit == "ns" {
			sides = 3
		}
		if len(r.Rounds) != sides {
			t.Errorf("%d sides, want %d: %q", len(r.Rounds), sides, line)
		}
		for _, figures := range r.Rounds {
			if len(figures) != rounds {
				t.Errorf("%d rounds: %q", len(figures), line)
			}
		}
		for _, v := range []float64{r.Ours, r.Goroutines, r.On1P, r.Ratio, r.Ratio1P} {
			if !(v >= 0 && v <= math.MaxFloat64) {
				t.Errorf("%v: %q", v, line)
			}
		}
		if r.Unit == "ns" && (r.Ours == 0 || r.Goroutines == 0 || r.On1P == 0 || r.Ratio == 0 || r.Ratio1P == 0) {
			t.Errorf("something takes no time: %q", line)
		}
	}
	for name, units := range measuredAs {
		if !slices.Equal(found[name], units) {
			t.Errorf("%s: %q, want %q", name, found[name], units)
		}
	}
	if len(found) != len(measuredAs) || len(jobs) != len(measuredAs) {
		t.Errorf("%d jobs, want %d", len(found), len(measuredAs))
	}
}

func TestBenchSomeJobs(t *testing.T) {
	for args, want := range map[string][]string{
		"-job yield":             {"yield"},
		"-job wake,yield":        {"yield", "wake"},
		"-job channel -job wake": {"wake", "channel"},
	} {
		out := ok(t, append(strings.Fields(args), "bench", "-json", "-n", "1", "-rounds", "1")...)
		var got []string
		for line := range strings.Lines(out) {
			var r result
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			got = append(got, r.Job)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}

func TestBenchBadFlags(t *testing.T) {
	for args, want := range map[string]string{
		"bench -job nosuch":       "want spawn, spawn-join, yield, ",
		"bench -job spawn,nosuch": "serve",
		"bench -job":              "needs an argument",
		"bench -job=":             "want spawn",
		"bench -n -1":             "want a number from 0 to ",
		"bench -n 100000001":      "want a number from 0 to 100000000",
		"bench -n x":              "want a number from 0 to ",
		"bench -rounds -1":        "want a number from 0 to ",
		"bench -workers -1":       "want a number from 0 to ",
		"bench spawn":             "takes no argument",
		"million -n 0":            "want a number from 1 to ",
		"million -n -5":           "want a number from 1 to ",
	} {
		out, stderr, status := program.Command(strings.Fields(args)...)
		if line, _, _ := strings.Cut(stderr, "\n"); status != 2 || out != "" || !strings.Contains(line, want) {
			t.Errorf("%s: status %d, %q, %q; want 2, %q", args, status, out, stderr, want)
		}
	}
}

// TestBenchTimes: alone it measures with the jobs' own n, under all with less.
func TestBenchTimes(t *testing.T) {
	few := func() int { return 3 }
	for _, c := range []struct {
		all  bool
		j    job
		n    int
		want []int
	}{
		{false, job{n: 1_000_000}, 0, []int{1_000_000}},
		{true, job{n: 1_000_000}, 0, []int{10_000}},
		{true, job{n: 5}, 0, []int{1}},
		{false, job{n: 5}, 7, []int{7}},
		{false, job{n: 1_000_000, grows: true}, 0, []int{1_000_000, 100_000, 10_000, 1000}},
		{false, job{n: 5, grows: true}, 15, []int{15, 1}},
		{false, job{n: 5, most: few}, 0, []int{3}},
		{false, job{n: 5, most: few}, 2, []int{2}},
	} {
		if got := c.j.times(c.n, c.all); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.j, got, c.want)
		}
		if less := c.j.most != nil && c.n == 0; strings.Contains(c.j.note, "fewer than wanted") != less {
			t.Errorf("%d of 5: note %q", c.n, c.j.note)
		}
	}
}

func TestRatio(t *testing.T) {
	const less, more = "ns", perSecond
	for _, c := range []struct {
		unit         string
		ours, theirs float64
		want         float64
	}{
		{less, 10, 20, 2}, {more, 10, 20, 0.5}, {less, 0, 20, 0}, {less, 10, 0, 0}, {more, 0, 1, 0}, {more, 1, 0, 0},
	} {
		if got := ratio(c.unit, c.ours, c.theirs); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	for v, want := range map[float64]string{0: "-", 0.5: "0.50", 12.34: "12.3", 123.4: "123", 1234567: "1,234,567"} {
		if got := figure(v); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
}

// TestRaces: what the jobs say that they do n times, they do n times. It shows in how many more polls there
// are if n is greater by 1000; those of a buffer or a turn that isn't full don't count then.
func TestRaces(t *testing.T) {
	leaktest.Check(t)
	polls := func(r race, n int) int {
		rt, err := runtime.New(runtime.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer rt.Shutdown(context.Background())
		if _, err := runtime.BlockOn(t.Context(), rt, r.ours(n)); err != nil {
			t.Fatal(err)
		}
		if s := rt.Stats(); s.Tasks != 0 {
			t.Errorf("%d tasks are left", s.Tasks)
		}
		return int(rt.Stats().Polls)
	}
	races := map[string]race{}
	for _, j := range jobs {
		races[j.name] = j.race
	}
	for name, want := range map[string]int{ // for 1000 more
		"spawn": 1000, "spawn-join": 1000, "yield": 1000, "wake": 1000, "timers": 1000, "compute": 1000, "ping-pong": 2000, "ping-pong-await": 2000,
	} {
		r := races[name]
		got := polls(r, 4000) - polls(r, 3000)
		if slack := got - want; slack < -20 || slack > 20 {
			t.Errorf("%s: %d polls for 1000 more", name, got)
		}
		r.goroutines(1)
		r.goroutines(1001)
	}
	r := races["channel"]
	if few, many := polls(r, 3000), polls(r, 3000*buffer); few > 200 || many < 3000 {
		t.Errorf("channel: %d and %d polls", few, many)
	}
	r.goroutines(1001)
}
