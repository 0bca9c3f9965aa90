package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ch01/kit"
)

const second = time.Second

// bars are some to hold the rules below against.
var bars = []bar{
	{5 * second, 10 * second, 119500 * time.Millisecond, 5 * second, 10 * second, time.Hour},
	{5 * second, 10 * second, 119500 * time.Millisecond, 5 * second, second, time.Hour},       // always a queue
	{5 * second, 10 * second, 119500 * time.Millisecond, 5 * second, 300 * second, time.Hour}, // never one
	{5 * second, 10 * second, 0, 5 * second, second, time.Hour},
	{7 * second, 3 * second, 11 * second, 13 * second, 17 * second, 999 * second},
	{1, 1, 1, 1, 1, 1000},
	{second, second, second, second, second, 1},
	{time.Hour, 1, 1, 1, 1, time.Minute}, // closes before the first order is taken
}

func TestBarRules(t *testing.T) {
	for _, b := range bars {
		for _, w := range ways {
			t.Run(fmt.Sprint(b, w.name), func(t *testing.T) {
				n := b.simulate(w)
				if most := b.limit(w) * float64(b.open) / float64(time.Hour); float64(n.served) > most {
					t.Errorf("%d served, the limit is %v", n.served, most)
				}
				if n.served > b.customers() {
					t.Errorf("%d served of %d", n.served, b.customers())
				}
				if least := b.handsOn() + b.settle; n.served > 0 && n.longestWait < least {
					t.Errorf("waited %v, a beer takes %v", n.longestWait, least)
				}
				var worked time.Duration
				for i, hands := range n.hands {
					worked += sum(hands)
					end := time.Duration(0)
					for _, s := range hands {
						if s.From < end || s.To <= s.From || s.To > b.open {
							t.Fatalf("bartender %d: %v after %v", i, s, end)
						}
						end = s.To
					}
				}
				if least := time.Duration(n.served) * b.handsOn(); worked < least {
					t.Errorf("%d beers in %v of work, each takes %v", n.served, worked, b.handsOn())
				}
			})
		}
	}
}

// spans writes them as pairs of nanoseconds.
func spans(all []kit.Span) string {
	pairs := [][2]int{}
	for _, s := range all {
		pairs = append(pairs, [2]int{int(s.From), int(s.To)})
	}
	return fmt.Sprint(pairs)
}

func TestBarOneSynchronousByHand(t *testing.T) {
	b := bar{order: 1, pour: 2, settle: 10, serve: 3, every: 5, open: 40}
	n := b.simulate(ways[0])
	// Customer 0: 0–3, 13–16. Customer 1 came at 5: 16–19, 29–32. Customer 2: 32–35, not served.
	want := [][2]int{{0, 3}, {13, 16}, {16, 19}, {29, 32}, {32, 35}}
	if spans(n.hands[0]) != fmt.Sprint(want) || n.served != 2 || n.longestWait != 27 {
		t.Errorf("%+v", n)
	}
}

func TestBarOneAsynchronousByHand(t *testing.T) {
	b := bar{order: 1, pour: 2, settle: 10, serve: 3, every: 5, open: 20}
	n := b.simulate(ways[2])
	// 0–3 pours 0; 5–8 pours 1; 10–13 pours 2; 13–16 serves 0; 16–19 pours 3 (came at 15)
	// as glass 1 is ready at 18 only; 19–20 begins to serve 1.
	want := [][2]int{{0, 3}, {5, 8}, {10, 13}, {13, 16}, {16, 19}, {19, 20}}
	if spans(n.hands[0]) != fmt.Sprint(want) || n.served != 1 || n.longestWait != 16 {
		t.Errorf("%+v", n)
	}
}

// TestBarAnyBartenderTopsUp checks that a glass may be served by another
// bartender than the one who poured it.
func TestBarAnyBartenderTopsUp(t *testing.T) {
	b := bar{order: 1, pour: 1, settle: 1, serve: 1, every: 100, open: 50}
	n := b.simulate(ways[3])
	// A pours 0–2. Both are free when the glass has settled; one of them serves.
	if n.served != 1 || sum(n.hands[0])+sum(n.hands[1]) != 3 || n.longestWait != 4 {
		t.Errorf("%+v", n)
	}
	b = bar{order: 1, pour: 3, settle: 2, serve: 1, every: 5, open: 12}
	n = b.simulate(ways[3])
	// A pours 0–4. The next customer, at 5, takes A until 9; the glass is ready at 6: B.
	if want := "[[0 4] [5 9] [10 12]] [[6 7] [11 12]]"; spans(n.hands[0])+" "+spans(n.hands[1]) != want {
		t.Errorf("%v, want %s", n.hands, want)
	}
}

func TestBarTwiceTheHandsTwiceTheBeer(t *testing.T) {
	b := bars[1]
	for i := 0; i < len(ways); i += 2 {
		one, two := b.simulate(ways[i]), b.simulate(ways[i+1])
		if two.served != 2*one.served {
			t.Errorf("%s: %d, with two: %d", ways[i].name, one.served, two.served)
		}
	}
}

func TestBarLongestNight(t *testing.T) {
	b := bar{order: 1, pour: 1, settle: 1000 * time.Hour, serve: 1, every: time.Hour, open: 1000 * time.Hour}
	for _, w := range ways {
		if n := b.simulate(w); n.served != 0 {
			t.Errorf("%s: %d served before a glass was ready", w.name, n.served)
		}
	}
}

// The bar is open for an hour; of the first minute the later work isn't a part.
func TestBarTimelineIsCutOff(t *testing.T) {
	var nights []night
	for _, w := range ways {
		nights = append(nights, bars[0].simulate(w))
	}
	var b strings.Builder
	timeline(nights, time.Minute).Print(&b)
	rows := strings.Split(b.String(), "\n")
	if len(rows) != 8 {
		t.Fatalf("want a row for each bartender, and the scale:\n%s", b.String())
	}
	for _, r := range rows[:6] {
		if strings.IndexByte(r, '#') != 71 || len(r) != 72 {
			t.Errorf("doesn't end where the minute does: %q", r)
		}
	}
}
