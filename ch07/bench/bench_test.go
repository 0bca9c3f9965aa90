package bench

import (
	"testing"

	"ch07/future"
)

// A counted counts for all that are weighed.
type counted struct{ made, polls, drops int }

func (c *counted) Poll() (int, error) { c.polls++; return 0, future.NotReady }
func (c *counted) Drop()              { c.drops++ }

func TestWeigh(t *testing.T) {
	c := new(counted)
	cost := Weigh(10, func(f future.Future[int]) future.Future[int] {
		if _, err := f.Poll(); err != future.NotReady {
			t.Errorf("%v", err)
		}
		c.made++
		return c
	})
	if c.made != 10 || c.polls != 10*21 || c.drops != 10 || cost.Bytes < 0 || cost.First < 0 {
		t.Errorf("%+v, %+v", c, cost)
	}
}
