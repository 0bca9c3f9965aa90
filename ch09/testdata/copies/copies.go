// Package copies is for "go vet", which finds two of the three copies.
package copies

type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}

type frame struct {
	_      noCopy
	buffer string
	writer *string
}

func assigned(p *frame) *frame {
	q := *p // found
	return &q
}

func passed(f frame) string { // found
	return f.buffer
}

func moved(p *frame) *frame {
	return move(p) // not found
}

func move[T any](p *T) *T {
	q := *p
	return &q
}
