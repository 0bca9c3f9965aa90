package reject

import (
	"bytes"
	"cmp"

	"ch10/future"
)

type value struct {
	n int
	a [2]int
}

func (v *value) set() {}

type outer struct{ value }

type holder[T cmp.Ordered] struct{ v T }

func text(s string) future.Future[string]       { return nil }
func number(n int) future.Future[int]           { return nil }
func leaf[T any](v T) future.Future[T]          { return nil }
func buffer() future.Future[*bytes.Buffer]      { return nil }
func both() (*future.Co, future.Future[string]) { return nil, nil }

type fruit = future.Future[string]

func hidden() (b struct{ r bytes.Reader }) { return }

var packageVar string
