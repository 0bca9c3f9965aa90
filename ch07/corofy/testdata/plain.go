// Package future, when a wait waits: it takes the place of async.go. It is as
// simple as can be, since it says what is right.
package future

type Co struct{}

func Async[T any](body func(co *Co) (T, error)) Future[T] { return &async[T]{body: body} }

func Wait[T any](_ *Co, f Future[T]) (T, error) {
	for {
		if v, err := f.Poll(); err != NotReady {
			return v, err
		}
	}
}

func Returned(err error) error {
	if err == NotReady {
		panic("future: a coroutine returned NotReady")
	}
	return err
}

type async[T any] struct{ body func(co *Co) (T, error) }

func (a *async[T]) Poll() (T, error) {
	if a.body == nil {
		panic(PolledAfterCompletion)
	}
	body := a.body
	a.body = nil
	v, err := body(new(Co))
	return v, Returned(err)
}

type unwind struct{}
