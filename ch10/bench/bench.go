// Package bench measures the costs of this chapter's runtime, and those of goroutines for the same work.
// All figures come from one run. The flag -speed changes only the delays of get.
package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"ch10/kit"
)

// A side is one way to do a job.
type side string

const (
	ours         side = "ours"
	goroutines   side = "goroutines"    // at the process's GOMAXPROCS
	goroutines1P side = "goroutines_1p" // at 1
	httpClient   side = "net/http"      // for goroutines, in some rows
	loop         side = "loop"          // for goroutines, in some rows: the same system calls, and little else
)

// A job is what the sides do n times.
type job struct {
	name  string
	n     int // unless -n says something else
	units []string
	note  string
	grows bool       // it is also measured for smaller n
	most  func() int // of n, for want of descriptors; it may be nil

	race    race    // what is timed, on one P, too; or
	measure measure // what is measured
	order   order   // of each trial. Side is who stands for the goroutines
}

// A measure returns a figure for each unit. Less is better, unless the unit is perSecond.
type measure func(ctx context.Context, env *kit.Env, o order) ([]float64, error)

const perSecond = "requests/s"

// Options are the flags of bench.
type Options struct {
	json               bool
	n, rounds, workers int
	jobs               []string
}

const (
	maxTimes = 100_000_000
	shorter  = 100 // what n is divided by under all
)

// Flags adds them to fs, at their defaults.
func (o *Options) Flags(fs *flag.FlagSet) {
	*o = Options{}
	fs.BoolVar(&o.json, "json", false, "print a JSON object on a line for each row")
	number(fs, &o.n, "n", 0, maxTimes, "do each job so many `times`; 0: its own number, or a hundredth of that under all")
	number(fs, &o.rounds, "rounds", 0, 1000, "the median of so many `rounds` counts; 0: 5, or 1 under all")
	number(fs, &o.workers, "workers", 0, 1000, "our runtime has so many `workers`; 0: one, and in the rows …-workers one for each P")
	var names []string
	for _, j := range jobs {
		names = append(names, j.name)
	}
	fs.Func("job", "measure only this `name`; more with commas, or with -job again", func(s string) error {
		for name := range strings.SplitSeq(s, ",") {
			if !slices.Contains(names, name) {
				return fmt.Errorf("want %s", strings.Join(names, ", "))
			}
			o.jobs = append(o.jobs, name)
		}
		return nil
	})
}

// number is a flag from least to most.
func number(fs *flag.FlagSet, v *int, name string, least, most int, usage string) {
	fs.Func(name, usage, func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil || n < least || n > most {
			return fmt.Errorf("want a number from %d to %d", least, most)
		}
		*v = n
		return nil
	})
}

// Run prints the table. In a child process it does that one's work.
func (o *Options) Run(ctx context.Context, env *kit.Env) error {
	if order := os.Getenv(childEnv); order != "" {
		return runChild(env.Out, order)
	}
	rounds := cmp.Or(o.rounds, 5)
	if o.rounds == 0 && env.All {
		rounds = 1
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
		j.order.Workers = cmp.Or(o.workers, j.order.Workers, 1)
		var first []*result // of each n
		for _, n := range j.times(o.n, env.All) {
			results, err := j.run(ctx, env, n, rounds)
			if err != nil {
				return fmt.Errorf("bench: %s: %w", j.name, err)
			}
			for _, r := range results {
				l.Encode(r)
			}
			if first = append(first, results[0]); len(first) == 1 {
				t.add(results)
			}
		}
		t.keep(j, first)
	}
	t.end(rounds)
	return nil
}

// times returns for which n to measure, the largest first.
func (j *job) times(n int, all bool) []int {
	if n == 0 {
		n = j.n
		if all {
			n = max(n/shorter, 1)
		}
	}
	if j.most != nil && n > j.most() {
		n = j.most()
		j.note += "; fewer than wanted, because a process may have so many descriptors"
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
func (j *job) run(ctx context.Context, env *kit.Env, n, rounds int) (results []*result, err error) {
	for _, unit := range j.units {
		results = append(results, &result{Job: j.name, N: n, Unit: unit, Workers: j.order.Workers, Rounds: map[side][]float64{}})
	}
	sides, measure := []side{ours, goroutines, goroutines1P}, j.race.measure
	if j.measure != nil {
		sides, measure = sides[:2], j.measure
	}
	for range rounds {
		for _, s := range sides {
			o := j.order
			if o.N = n; s != goroutines || o.Side == "" {
				o.Side = s
			}
			figures, err := measure(ctx, env, o)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", o.Side, err)
			}
			for i, r := range results {
				r.Rounds[s] = append(r.Rounds[s], figures[i])
			}
		}
	}
	for _, r := range results {
		r.Ours, r.Goroutines, r.On1P = median(r.Rounds[ours]), median(r.Rounds[goroutines]), median(r.Rounds[goroutines1P])
		r.Ratio, r.Ratio1P = ratio(r.Unit, r.Ours, r.Goroutines), ratio(r.Unit, r.Ours, r.On1P)
	}
	return results, nil
}

// A result is a row of the table. A figure of 0 isn't known.
type result struct {
	Job        string             `json:"job"`
	N          int                `json:"n"`
	Unit       string             `json:"unit"`
	Workers    int                `json:"workers"` // of our runtime
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

func ratio(unit string, ours, theirs float64) float64 {
	switch {
	case ours <= 0 || theirs <= 0:
		return 0
	case unit == perSecond:
		return ours / theirs
	}
	return theirs / ours
}
