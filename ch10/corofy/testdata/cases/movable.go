//go:build stackful

package cases

import (
	"fmt"

	"ch10/corofy/testdata/leaves"
	"ch10/future"
)

// The names say what TestMovable finds in the frames: the future itself, or a pointer to it.

func itselfOfAFunc(w *World) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) { return future.Wait(co, leaves.New(1, w.pending)) })
}

func itselfOfAMethod(w *World) future.Future[int] {
	m := &leaves.Maker{}
	return future.Async(func(co *future.Co) (sum int, _ error) {
		for i := range 3 {
			v, err := future.Wait(co, m.New(i, w.pending))
			if err != nil {
				return 0, err
			}
			sum += v
		}
		return sum, nil
	})
}

func itselfWithoutADrop(w *World) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) {
		defer w.Log("deferred")
		return future.Wait[int](co, leaves.NewTick())
	})
}

func itselfInAGeneric[T any](w *World, v T) future.Future[T] {
	return future.Async(func(co *future.Co) (T, error) {
		future.Wait(co, leaves.Send(&v))
		return future.Wait(co, leaves.New(v, w.pending))
	})
}

func itselfOfNested(w *World) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) {
		return future.Wait(co, leaves.New(must(future.Wait(co, leaves.New(must(future.Wait(co, leaves.New(w.pending, 0))), 1))), w.pending))
	})
}

func itselfBesideNames(w *World) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) {
		leaves, err := future.Wait(co, leaves.New(2, w.pending))
		w.Log(leaves)
		return leaves, err
	})
}

func itselfThatIsNil(w *World) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) {
		defer func() { w.Log(recover()) }()
		return future.Wait(co, leaves.Nil())
	})
}

func pointerThatIsKept(w *World) future.Future[string] {
	m := &leaves.Maker{}
	kept := func() *leaves.Leaf[int] { m.Kept = leaves.New(4, w.pending); return m.Kept }
	return future.Async(func(co *future.Co) (string, error) {
		v, err := future.Wait(co, kept())
		return fmt.Sprint(v, m.Kept.Pending), err // it has been polled
	})
}

func pointerOfAnotherPackage(w *World) future.Future[string] {
	m := &leaves.Maker{}
	return future.Async(func(co *future.Co) (string, error) {
		v, err := future.Wait(co, keep(m, w))
		return fmt.Sprint(v, m.Kept.Pending), err
	})
}

func keep(m *leaves.Maker, w *World) *leaves.Leaf[int] {
	m.Kept = leaves.New(5, w.pending)
	return m.Kept
}

func pointerOfAField(w *World) future.Future[string] {
	m := &leaves.Maker{}
	m.Func = func() *leaves.Leaf[int] { return keep(m, w) }
	return future.Async(func(co *future.Co) (string, error) {
		v, err := future.Wait(co, m.Func())
		return fmt.Sprint(v, m.Kept.Pending), err
	})
}

type keeper struct{ kept *leaves.Leaf[int] }

func (k *keeper) New(v, pending int) *leaves.Leaf[int] {
	k.kept = leaves.New(v, pending)
	return k.kept
}

func pointerOfAnInterface(w *World) future.Future[string] {
	k := &keeper{}
	m := leaves.Made(k)
	return future.Async(func(co *future.Co) (string, error) {
		v, err := future.Wait(co, m.New(6, w.pending))
		return fmt.Sprint(v, k.kept.Pending), err
	})
}

func pointerByChance(w *World) future.Future[string] {
	l := leaves.New(7, w.pending)
	return future.Async(func(co *future.Co) (string, error) {
		v, err := future.Wait(co, leaves.Same(l))
		return fmt.Sprint(v, l.Pending), err
	})
}

func pointerInAVariable(w *World) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) {
		l := leaves.New(8, w.pending)
		v, err := future.Wait(co, l)
		return v + l.Pending, err
	})
}

func pointerInParentheses(w *World) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) { return future.Wait(co, (leaves.NewTick())) })
}

func pointerWithoutAName(w *World) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) { return future.Wait(co, leaves.Hidden()) })
}

func pointerToASecret(w *World) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) { return future.Wait(co, leaves.Secret()) })
}

func pointerToALocal(w *World) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) {
		type local struct{ n int }
		return future.Wait(co, leaves.Send(local{1}))
	})
}

func pointerWithoutAMark(w *World) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) { return future.Wait(co, leaves.NewUnmarked()) })
}

// newLeaves is for a file that doesn't import its package.
var newLeaves = &leaves.Maker{}

type asALeaf leaves.Tick // has the mark, but of another package

func (t *asALeaf) Poll(cx *future.Context) (int, error) { return (*leaves.Tick)(t).Poll(cx) }

var lastAsALeaf *asALeaf

func newAsALeaf() *asALeaf { lastAsALeaf = new(asALeaf); return lastAsALeaf }

func pointerWithAMarkOfAnother(w *World) future.Future[string] {
	return future.Async(func(co *future.Co) (string, error) {
		_, err := future.Wait(co, newAsALeaf())
		return fmt.Sprint(*lastAsALeaf), err
	})
}

func init() {
	add("a pointer with a mark of another", pointerWithAMarkOfAnother)
	add("itself, of a function", itselfOfAFunc)
	add("itself, of a method", itselfOfAMethod)
	add("itself, without a Drop", itselfWithoutADrop)
	add("itself, in a generic function", func(w *World) future.Future[string] { return itselfInAGeneric(w, "v") })
	add("itself, of nested waits", itselfOfNested)
	add("itself, beside names", itselfBesideNames)
	add("itself, that is nil", itselfThatIsNil)
	add("a pointer that is kept", pointerThatIsKept)
	add("a pointer of another package", pointerOfAnotherPackage)
	add("a pointer of a field", pointerOfAField)
	add("a pointer of an interface", pointerOfAnInterface)
	add("a pointer by chance", pointerByChance)
	add("a pointer in a variable", pointerInAVariable)
	add("a pointer in parentheses", pointerInParentheses)
	add("a pointer without a name", pointerWithoutAName)
	add("a pointer to a secret", pointerToASecret)
	add("a pointer to a local", pointerToALocal)
	add("a pointer without a mark", pointerWithoutAMark)
}
