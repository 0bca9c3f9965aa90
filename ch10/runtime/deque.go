package runtime

// A deque is a queue with two ends, in a ring whose length is a power of two.
type deque[T any] struct {
	ring []T
	head int // the first value
	n    int
}

// index is where the value stands that is i behind the first.
func (d *deque[T]) index(i int) int { return (d.head + i) & (len(d.ring) - 1) }

func (d *deque[T]) grow() {
	if d.n == len(d.ring) {
		ring := make([]T, max(4, 2*d.n))
		copy(ring[copy(ring, d.ring[d.head:]):], d.ring[:d.head])
		d.ring, d.head = ring, 0
	}
}

func (d *deque[T]) pushBack(v T) {
	d.grow()
	d.ring[d.index(d.n)] = v
	d.n++
}

func (d *deque[T]) pushFront(v T) {
	d.grow()
	d.head = d.index(-1)
	d.ring[d.head] = v
	d.n++
}

func (d *deque[T]) popFront() T {
	var zero T
	v := d.ring[d.head]
	d.ring[d.head] = zero
	d.head = d.index(1)
	d.n--
	return v
}
