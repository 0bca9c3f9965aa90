package future

import "errors"

// Observe returns a future that polls f and has its result. It calls begin at its first poll. When f is done, it calls the
// function that begin returned, with the error of f or nil. If it is dropped between the two, it calls that function
// with an error that says so.
func Observe[T any](f Future[T], begin func() (end func(err error))) Future[T] {
	return &observed[T]{f: f, begin: begin}
}

type observed[T any] struct {
	f     Future[T]
	begin func() (end func(err error)) // nil after the first poll
	end   func(err error)              // nil before that, and after the call
}

var errDropped = errors.New("future: dropped")

func (o *observed[T]) Poll() (T, error) {
	if o.begin != nil {
		o.end = o.begin()
		o.begin = nil
	}
	v, err := o.f.Poll()
	if err != NotReady {
		o.over(err)
	}
	return v, err
}

func (o *observed[T]) Drop() {
	o.begin = nil
	Drop(o.f)
	o.over(errDropped)
}

func (o *observed[T]) over(err error) {
	if end := o.end; end != nil {
		o.end = nil
		end(err)
	}
}
