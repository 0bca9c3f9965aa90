package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"ch01/kit"
)

// A bar serves one kind of beer. It is simulated, and its clock is a number,
// so an hour takes no time and every run is the same.
type bar struct {
	order, pour time.Duration // hands-on time for the customer, then for the glass
	settle      time.Duration // time that needs no hands
	serve       time.Duration // hands-on time to top up and hand over
	every       time.Duration // time between two customers, the first of whom comes in at 0
	open        time.Duration // until closing time; a beer served later isn't counted
}

var theBar bar

func barFlags(fs *flag.FlagSet) {
	fs.DurationVar(&theBar.order, "order", 5*time.Second, "`time` to take an order")
	fs.DurationVar(&theBar.pour, "pour", 10*time.Second, "`time` to pour a glass")
	fs.DurationVar(&theBar.settle, "settle", 119500*time.Millisecond, "`time` that a glass settles by itself")
	fs.DurationVar(&theBar.serve, "serve", 5*time.Second, "`time` to top up a glass and serve it")
	fs.DurationVar(&theBar.every, "every", 10*time.Second, "`time` between two customers")
	fs.DurationVar(&theBar.open, "for", time.Hour, "`time` that the bar is open")
}

const maxCustomers = 1_000_000

func (b bar) check() error {
	const most = 1000 * time.Hour
	err := cmp.Or(
		between("order", b.order, 1, most), between("pour", b.pour, 1, most), between("settle", b.settle, 0, most),
		between("serve", b.serve, 1, most), between("every", b.every, 1, most), between("for", b.open, 1, most))
	if err == nil && b.open/b.every >= maxCustomers {
		return kit.Usagef("-for %v -every %v: want at most %d customers", b.open, b.every, maxCustomers)
	}
	return err
}

// between returns an error unless the flag's value lies between the other two.
func between(flag string, value, least, most time.Duration) error {
	if value < least || value > most {
		return kit.Usagef("-%s %v: want a time from %v to %v", flag, value, least, most)
	}
	return nil
}

func (b bar) handsOn() time.Duration { return b.order + b.pour + b.serve }

// customers returns how many come in while the bar is open.
func (b bar) customers() int { return int((b.open-1)/b.every) + 1 }

// A way is a way of working, with the book's words for it.
type way struct {
	bartenders   int
	asynchronous bool
	name, word   string
}

var ways = []way{
	{1, false, "1 synchronous", "sequential"},
	{2, false, "2 synchronous", "parallel"},
	{1, true, "1 asynchronous", "concurrent"},
	{2, true, "2 asynchronous", "parallel and concurrent"},
}

// limit returns the most orders that w can serve in an hour. Each order
// occupies a bartender for its hands-on time, and a synchronous one also while
// the glass settles.
func (b bar) limit(w way) float64 {
	each := b.handsOn()
	if !w.asynchronous {
		each += b.settle
	}
	return float64(w.bartenders) * float64(time.Hour) / float64(each)
}

type night struct {
	served      int
	longestWait time.Duration // of a served customer, from coming in to having the beer
	hands       [][]kit.Span  // when each bartender has a hand on an order, until closing time
}

type glass struct {
	customer int
	settled  time.Duration
}

// simulate lets the bartender who is free first decide what to do next, until
// the bar closes.
func (b bar) simulate(w way) night {
	n := night{hands: make([][]kit.Span, w.bartenders)}
	free := make([]time.Duration, w.bartenders)
	next := 0            // customer
	var settling []glass // in the order in which they were poured and will be ready
	for {
		now := slices.Min(free)
		if now >= b.open {
			return n
		}
		who := slices.Index(free, now)
		comesIn := time.Duration(next) * b.every
		work := func(d time.Duration) { // from now on
			n.hands[who] = append(n.hands[who], kit.Span{From: now, To: min(now+d, b.open)})
			now += d
		}
		serve := func(customer int) {
			work(b.serve)
			if now <= b.open {
				n.served++
				n.longestWait = max(n.longestWait, now-time.Duration(customer)*b.every)
			}
		}
		switch {
		case len(settling) > 0 && settling[0].settled <= now: // no matter who poured it
			serve(settling[0].customer)
			settling = settling[1:]
		case comesIn <= now:
			work(b.order + b.pour)
			if w.asynchronous {
				settling = append(settling, glass{next, now + b.settle})
			} else if now += b.settle; now < b.open { // stands there and looks at the glass
				serve(next)
			}
			next++
		default: // nothing to do until a customer comes, or a glass is ready
			now = comesIn
			if len(settling) > 0 {
				now = min(now, settling[0].settled)
			}
		}
		free[who] = now
	}
}

func runBar(_ context.Context, env *kit.Env) error {
	b := theBar
	if err := b.check(); err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "A beer: order %v, pour %v, settle %v (no hands), top up and serve %v: %v, %v of it hands-on.\n",
		b.order, b.pour, b.settle, b.serve, b.handsOn()+b.settle, b.handsOn())
	fmt.Fprintf(env.Out, "A customer comes in every %v. The bar is open for %v (simulated: it takes no time).\n\n", b.every, b.open)
	nights := make([]night, len(ways))
	for i, w := range ways {
		nights[i] = b.simulate(w)
	}
	b.table(env.Out, nights)
	first := min(b.open, 5*time.Minute)
	fmt.Fprintf(env.Out, "\nThe first %v: = has a hand on an order, - waits, or has nothing to do\n\n", first)
	timeline(nights, first).Print(env.Out)
	fmt.Fprint(env.Out, `
The longest wait is from coming in to having the beer, of those who got one in time;
"not served" counts all others, who still queue or watch a glass at closing time.
A synchronous bartender stands and waits while a glass settles; a second one waits
beside him. An asynchronous one takes the next order meanwhile. With two of them,
whoever is free tops up the glass that settled first, no matter who poured it.
Nobody works faster, and a beer takes no less time: only the waiting is used.
`)
	return nil
}

func (b bar) table(w io.Writer, nights []night) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "bartenders\torders/hour\tlimit\tbusy\tlongest wait\tnot served\twhich is")
	for i, n := range nights {
		var busy []string
		for _, hands := range n.hands {
			busy = append(busy, fmt.Sprintf("%.0f%%", 100*float64(sum(hands))/float64(b.open)))
		}
		longest := "-"
		if n.served > 0 {
			longest = kit.Round(n.longestWait).String()
		}
		fmt.Fprintf(tw, "%s\t%.1f\t%.1f\t%s\t%s\t%d\t%s\n", ways[i].name, float64(n.served)*float64(time.Hour)/float64(b.open),
			b.limit(ways[i]), strings.Join(busy, " "), longest, b.customers()-n.served, ways[i].word)
	}
	tw.Flush()
}

// timeline returns a row for each bartender, cut off at end.
func timeline(nights []night, end time.Duration) (t kit.Timeline) {
	for i, n := range nights {
		for j, hands := range n.hands {
			label := ways[i].name
			if len(n.hands) > 1 {
				label += fmt.Sprintf(" %c", 'A'+j)
			}
			t = append(t, kit.Row{Label: label, End: end, Busy: hands})
		}
	}
	return t
}

func sum(spans []kit.Span) (total time.Duration) {
	for _, s := range spans {
		total += s.To - s.From
	}
	return total
}
