package runtime

import (
	"errors"
	"fmt"
	"io"
	"maps"
	goruntime "runtime"
	"slices"
	"sync"

	"ch09/future"
)

// An Executor polls its tasks, all on one thread. [Init] makes Executors. The type takes the place of
// the book's Executor and ExecutorCore. The book keeps the core in a thread-local variable, where
// spawn finds it. Go has no thread-locals, so a call of Spawn names the Executor.
type Executor struct {
	Name string    // in the log: "main", unless it is set
	Log  io.Writer // for BlockOn's lines; may be nil. Executors may share one that is safe for concurrent use

	tasks  map[taskID]task // pending tasks
	nextID taskID
	ready  readyQueue
	errs   []error // errors of tasks that have failed
	state  int
}

type taskID uint64

// States of an Executor.
const (
	fresh = iota
	blocking
	finished
)

func newExecutor() *Executor {
	ex := &Executor{Name: "main", tasks: map[taskID]task{}, ready: readyQueue{queued: map[taskID]bool{}}}
	ex.ready.pushed.L = &ex.ready.mu
	return ex
}

// Spawn gives ex one more task, which BlockOn polls until f is done. Nobody else may have polled f. Only
// a task of ex may call Spawn, or the goroutine that is going to call BlockOn.
func Spawn[T any](ex *Executor, f future.Future[T]) {
	if ex.state == finished {
		panic("runtime: Spawn after BlockOn")
	}
	id := ex.nextID
	ex.nextID++
	ex.tasks[id] = task{
		poll: func(w future.Waker) error { _, err := f.Poll(w); return err },
		drop: func() { future.Drop(f) },
	}
	ex.ready.push(id)
}

// A task is a future of any type, because nobody uses its value.
type task struct {
	poll func(w future.Waker) error
	drop func()
}

// BlockOn spawns f, and polls each task that has been woken, until all are done. With
// nothing to poll the thread sleeps. The error joins the errors of the tasks that
// failed.
//
// BlockOn may be called once. If a task panics, or ends the goroutine, BlockOn drops every
// pending task and does the same.
func (ex *Executor) BlockOn(f future.Future[struct{}]) error {
	switch ex.state {
	case blocking:
		panic("runtime: BlockOn inside a task")
	case finished:
		panic("runtime: BlockOn for a second time: each needs an Init")
	}
	// Tasks stay on the thread that they began on, as the book's do. One result of the lock is that a
	// coroutine on a stack of its own, once begun here, can continue on no other thread.
	goruntime.LockOSThread()
	defer goruntime.UnlockOSThread()
	Spawn(ex, f)
	defer ex.finish()
	ex.state = blocking
	for {
		for id, ok := ex.ready.pop(); ok; id, ok = ex.ready.pop() {
			ex.poll(id)
		}
		if len(ex.tasks) == 0 {
			ex.logf("All tasks are finished")
			return errors.Join(ex.errs...)
		}
		ex.logf("%d pending tasks. Sleep until notified.", len(ex.tasks))
		ex.ready.wait()
	}
}

func (ex *Executor) poll(id taskID) {
	t, ok := ex.tasks[id]
	if !ok {
		return // somebody woke it after it was done
	}
	err := t.poll(&waker{&ex.ready, id})
	if err == future.NotReady {
		return
	}
	delete(ex.tasks, id)
	if err != nil {
		ex.errs = append(ex.errs, err)
	}
}

// finish drops the tasks that a panic has left, and releases the reactor. If a drop
// panics, too, finish still drops the others.
func (ex *Executor) finish() {
	ex.state = finished
	defer release()
	for _, id := range slices.Sorted(maps.Keys(ex.tasks)) {
		defer ex.tasks[id].drop()
	}
}

func (ex *Executor) logf(format string, a ...any) {
	if ex.Log != nil {
		fmt.Fprintf(ex.Log, "%s: %s\n", ex.Name, fmt.Sprintf(format, a...))
	}
}

// A waker puts its task into the ready queue. It may outlive the task and the executor.
type waker struct {
	ready *readyQueue
	id    taskID
}

// Wake may be called from any goroutine, and at any time.
func (w *waker) Wake() { w.ready.push(w.id) }

// A readyQueue has the tasks that the executor polls next, first come, first served.
type readyQueue struct {
	mu     sync.Mutex
	pushed sync.Cond // signals that ids isn't empty; L is mu
	ids    []taskID
	queued map[taskID]bool
}

// push adds id unless it is in the queue already. So a task that is woken ten times is polled once.
func (q *readyQueue) push(id taskID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.queued[id] {
		q.queued[id] = true
		q.ids = append(q.ids, id)
		q.pushed.Signal()
	}
}

// wait parks the thread until there is something to pop. It holds the lock from its look at the
// queue until it waits, and push needs that lock, too. So no push goes unnoticed.
func (q *readyQueue) wait() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.ids) == 0 {
		q.pushed.Wait()
	}
}

// pop removes the oldest id. From here on a wake counts again, also one that comes while the
// task is polled.
func (q *readyQueue) pop() (id taskID, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.ids) == 0 {
		return 0, false
	}
	id, q.ids = q.ids[0], q.ids[1:]
	delete(q.queued, id)
	return id, true
}
