// Package leaves has futures that may be moved until their first poll, and some that may not, for coroutines of
// other packages.
package leaves

import "ch10/future"

// A Leaf is ready with V after Pending polls.
type Leaf[T any] struct {
	_       future.Movable
	V       T
	Pending int
	self    *Leaf[T] // since the first poll
}

func New[T any](v T, pending int) *Leaf[T] { return &Leaf[T]{V: v, Pending: pending} }

func (l *Leaf[T]) Poll(*future.Context) (v T, err error) {
	if l.self != nil && l.self != l {
		panic("leaf has moved")
	}
	l.self = l
	if l.Pending--; l.Pending >= 0 {
		return v, future.NotReady
	}
	return l.V, nil
}

// A Tick has no Drop.
type Tick struct {
	_     future.Movable
	ticks int
}

func NewTick() *Tick { return new(Tick) }

func (t *Tick) Poll(*future.Context) (int, error) {
	if t.ticks++; t.ticks == 1 {
		return 0, future.NotReady
	}
	return t.ticks, nil
}

// A Maker makes futures in ways that a frame may keep, or may not.
type Maker struct {
	Kept *Leaf[int]
	Func func() *Leaf[int]
}

func (m *Maker) New(v, pending int) *Leaf[int] { return New(v, pending) }

// Made is what a Maker is, for those who may have another.
type Made interface {
	New(v, pending int) *Leaf[int]
}

// Same returns a *Leaf only if it has been given one.
func Same[P any](p P) P { return p }

func Nil() *Leaf[int] { return nil }

type hidden struct {
	_ future.Movable
	n int
}

func (h *hidden) Poll(*future.Context) (int, error) { return h.n, nil }

func Hidden() *hidden { return &hidden{n: 1} }

type secret struct{}

func Secret() *Sent[secret] { return new(Sent[secret]) }

// A Sent has a type argument that isn't part of its result.
type Sent[T any] struct {
	_ future.Movable
	v T
}

func Send[T any](v T) *Sent[T] { return &Sent[T]{v: v} }

func (s *Sent[T]) Poll(*future.Context) (int, error) { return 2, nil }

// Unmarked says nothing of being moved, although it has one as a field that may be.
type Unmarked struct{ Tick }

func NewUnmarked() *Unmarked { return new(Unmarked) }
