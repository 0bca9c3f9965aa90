// Package bench measures the costs of this chapter's runtime, and those of goroutines for the same work.
// All figures come from one run. The flag -speed changes only the delays of get.
package bench

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"ch10/kit"
)

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
	grows bool // it is also measured for smaller n

	race    race                       // what is timed, on one P, too; or
	measure measure                    // what is measured
	atMost  func() (n int, why string) // the limit of n, and what sets it; it may be nil
}

// A unit is what a figure counts. Less is better, unless more is.
type unit struct {
	name string
	more bool
}

// A measure returns a figure for each unit.
type measure func(ctx context.Context, env *kit.Env, n int, s side) ([]float64, error)

// Options are the flags of bench.
type Options struct {
	json      bool
	n, rounds int
	jobs      []string
}

const (
	maxTimes = 100_000_000
	shorter  = 100 // what n is divided by under all
)

// Flags adds them to fs, at their defaults.
func (o *Options) Flags(fs *flag.FlagSet) {
	o.jobs = nil
	fs.BoolVar(&o.json, "json", false, "print a JSON object on a line for each row")
	fs.IntVar(&o.n, "n", 0, "do each job so many `times`; 0: its own number, or a hundredth of that under all")
	fs.IntVar(&o.rounds, "rounds", 0, "the median of so many `rounds` counts; 0: 5, or 1 under all")
	fs.Func("job", "measure only this `name`; more with commas, or with -job again", func(s string) error {
		for _, name := range strings.Split(s, ",") {
			if !slices.ContainsFunc(jobs, func(j job) bool { return j.name == name }) {
				return fmt.Errorf("want %s", jobNames())
			}
			o.jobs = append(o.jobs, name)
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

// Run prints the table. In a child process it does that one's work.
func (o *Options) Run(ctx context.Context, env *kit.Env) error {
	if order := os.Getenv(childEnv); order != "" {
		return runChild(env.Out, order)
	}
	rounds := o.rounds
	switch {
	case o.n < 0 || o.n > maxTimes:
		return kit.Usagef("-n %d: want a number from 1 to %d, or 0", o.n, maxTimes)
	case rounds < 0 || rounds > 1000:
		return kit.Usagef("-rounds %d: want a number from 1 to 1000, or 0", rounds)
	case rounds == 0 && env.All:
		rounds = 1
	case rounds == 0:
		rounds = 5
	}
	rows, lines := env.Out, io.Discard
	if o.json {
		rows, lines = lines, rows
	}
	t, l := table{out: rows}, json.NewEncoder(lines) // env.Out keeps an error
	t.header()
	for _, j := range jobs {
		if len(o.jobs) > 0 && !slices.Contains(o.jobs, j.name) {
			continue
		}
		for i, n := range j.times(o.n, env.All) {
			results, err := j.run(ctx, env, n, rounds)
			if err != nil {
				return fmt.Errorf("bench: %s: %w", j.name, err)
			}
			t.add(j, results, i > 0)
			for _, r := range results {
				l.Encode(r)
			}
		}
	}
	t.end(rounds)
	return nil
}

// times returns for which n to measure, the largest first.
func (j *job) times(n int, all bool) []int {
	switch {
	case n > 0:
	case all:
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
	sides, measure := []side{ours, goroutines}, j.measure
	if measure == nil {
		sides, measure = append(sides, goroutines1P), j.race.measure
	}
	for range rounds {
		for _, s := range sides {
			figures, err := measure(ctx, env, n, s)
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

// A result is a row of the table. A figure of 0 isn't known.
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
