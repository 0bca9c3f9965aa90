package bench

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	goruntime "runtime"
	"slices"
	"strings"

	"ch10/kit"
)

// bench measures what this chapter's runtime costs, and what goroutines cost for the same. All
// figures come from this run; -speed changes only the delays of get.

// A side is one way to do a job.
type side string

const (
	ours         side = "ours"
	goroutines   side = "goroutines"    // at the process's GOMAXPROCS
	goroutines1P side = "goroutines_1p" // at 1
)

// A job is what the sides do n times.
type job struct {
	name  string
	n     int // unless -n says something else
	units []unit
	note  string
	on1P  bool // there is a third side
	grows bool // it is also measured for smaller n

	// measure returns a figure for each unit.
	measure func(ctx context.Context, env *kit.Env, n int, s side) ([]float64, error)
	// atMost returns the limit of n, and what sets it. It may be nil.
	atMost func() (n int, why string)
}

// A unit is what a figure counts. Less is better, unless more is.
type unit struct {
	name string
	more bool
}

var benchFlag struct {
	json      bool
	n, rounds int
	jobs      []string
	short     bool
}

// named reports whether fs belongs to the example that was named on the command line. The
// others get a set of their own: one that runs under all does less.
func named(fs *flag.FlagSet) bool { return fs.Name() == chapter }

const shorter = 100 // what n is divided by under all

func benchFlags(fs *flag.FlagSet) {
	benchFlag.jobs = nil
	benchFlag.short = !named(fs)
	fs.BoolVar(&benchFlag.json, "json", false, "print a JSON object on a line for each row")
	fs.IntVar(&benchFlag.n, "n", 0, "do each job so many `times`; 0: its own number, or a hundredth of that under all")
	fs.IntVar(&benchFlag.rounds, "rounds", 0, "the median of so many `rounds` counts; 0: 5, or 1 under all")
	fs.Func("job", "measure only this `name`; more with commas, or with -job again", func(s string) error {
		for _, name := range strings.Split(s, ",") {
			if !slices.ContainsFunc(jobs, func(j job) bool { return j.name == name }) {
				return fmt.Errorf("want %s", jobNames())
			}
			benchFlag.jobs = append(benchFlag.jobs, name)
		}
		return nil
	})
}

func jobNames() string {
	var names []string
	for _, j := range jobs {
		names = append(names, j.name)
	}
	return strings.Join(names, ", ")
}

const maxTimes = 100_000_000

func bench(ctx context.Context, env *kit.Env) error {
	if work, ok := childWork(); ok {
		return runChild(env, work)
	}
	n, rounds := benchFlag.n, benchFlag.rounds
	switch {
	case n < 0 || n > maxTimes:
		return kit.Usagef("-n %d: want a number from 1 to %d, or 0", n, maxTimes)
	case rounds < 0 || rounds > 1000:
		return kit.Usagef("-rounds %d: want a number from 1 to 1000, or 0", rounds)
	case rounds == 0 && benchFlag.short:
		rounds = 1
	case rounds == 0:
		rounds = 5
	}
	var show shower
	if benchFlag.json {
		show = lines{json.NewEncoder(env.Out)}
	} else {
		show = newTable(env.Out, rounds)
	}
	for _, j := range jobs {
		if len(benchFlag.jobs) > 0 && !slices.Contains(benchFlag.jobs, j.name) {
			continue
		}
		for _, n := range j.times(n) {
			results, err := j.run(ctx, env, n, rounds)
			if err != nil {
				return fmt.Errorf("bench: %s: %w", j.name, err)
			}
			show.results(j, results)
		}
	}
	show.end()
	return nil
}

// times returns for which n to measure, the largest first.
func (j *job) times(n int) []int {
	switch {
	case n > 0:
	case benchFlag.short:
		n = max(j.n/shorter, 1)
	default:
		n = j.n
	}
	if j.atMost != nil {
		if most, why := j.atMost(); n > most {
			n = most
			j.note += "; fewer than wanted: " + why
		}
	}
	times := []int{n}
	for j.grows && n >= 10 && len(times) < 4 {
		n /= 10
		times = append(times, n)
	}
	return times
}

// run lets the sides take turns, so that a busy moment of the machine spoils a round of each and not all
// rounds of one.
func (j *job) run(ctx context.Context, env *kit.Env, n, rounds int) ([]*result, error) {
	results := make([]*result, len(j.units))
	for i, u := range j.units {
		results[i] = &result{Job: j.name, N: n, Unit: u.name, Rounds: map[side][]float64{}}
	}
	sides := []side{ours, goroutines}
	if j.on1P {
		sides = append(sides, goroutines1P)
	}
	for range rounds {
		for _, s := range sides {
			figures, err := j.measure(ctx, env, n, s)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s, err)
			}
			for i, r := range results {
				r.Rounds[s] = append(r.Rounds[s], figures[i])
			}
		}
	}
	for i, r := range results {
		r.Ours, r.Goroutines, r.On1P = median(r.Rounds[ours]), median(r.Rounds[goroutines]), median(r.Rounds[goroutines1P])
		r.Ratio = j.units[i].ratio(r.Ours, r.Goroutines)
		r.Ratio1P = j.units[i].ratio(r.Ours, r.On1P)
	}
	return results, nil
}

// A result is a row of the table. What is 0 isn't known.
type result struct {
	Job        string             `json:"job"`
	N          int                `json:"n"`
	Unit       string             `json:"unit"`
	Ours       float64            `json:"ours"`
	Goroutines float64            `json:"goroutines"`
	Ratio      float64            `json:"ratio,omitempty"` // above 1: ours is better
	On1P       float64            `json:"goroutines_1p,omitempty"`
	Ratio1P    float64            `json:"ratio_1p,omitempty"`
	Rounds     map[side][]float64 `json:"rounds"`
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

func (u unit) ratio(ours, theirs float64) float64 {
	switch {
	case ours <= 0 || theirs <= 0:
		return 0
	case u.more:
		return ours / theirs
	}
	return theirs / ours
}

// A shower shows results as they come.
type shower interface {
	results(job, []*result)
	end()
}

type lines struct{ *json.Encoder }

func (l lines) results(_ job, results []*result) {
	for _, r := range results {
		l.Encode(r) // an error is kept by env.Out
	}
}

func (lines) end() {}

func machine(w io.Writer) {
	fmt.Fprintf(w, "%d cores, GOMAXPROCS %d, %s/%s, %s",
		goruntime.NumCPU(), goruntime.GOMAXPROCS(0), goruntime.GOOS, goruntime.GOARCH, goruntime.Version())
}
