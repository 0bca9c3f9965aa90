package bench

import (
	"context"
	goruntime "runtime"
	"strconv"
	"sync"
	"time"

	"ch10/future"
	"ch10/kit"
	"ch10/runtime"
)

// measured is what all that wait cost together.
type measured struct {
	Live, Peak int64         // bytes that they add: to what a collection leaves; to what is resident at most
	CPU        time.Duration // until all wait
	Spawn      time.Duration // the same on the clock
	Wake       time.Duration // until all are over; 0 if they sleep
}

// waiters are n that wait for something.
type waiters interface {
	spawn(n int) error // returns when all wait
	wake() error       // returns when all are over
}

// measureWaiters is a worker. Its words are: which side, sleep or gate, how many.
func measureWaiters(words []string) (any, error) {
	n, err := strconv.Atoi(words[2])
	if err != nil {
		return nil, err
	}
	sleep := words[1] == "sleep"
	var w waiters = &waitingGoroutines{gate: make(chan struct{}), sleep: sleep}
	if side(words[0]) == ours {
		rt, err := runtime.New(runtime.Options{})
		if err != nil {
			return nil, err
		}
		defer rt.Shutdown(context.Background())
		w = &waitingTasks{rt: rt, gate: runtime.NewChan[struct{}](0), sleep: sleep}
	}
	before, inUse, begin := usage(), memoryInUse(), time.Now()
	if err := w.spawn(n); err != nil {
		return nil, err
	}
	took, after := time.Since(begin), usage()
	m := measured{CPU: after.CPU - before.CPU, Spawn: took, Live: memoryInUse() - inUse}
	m.Peak = usage().Peak - before.Peak
	if !sleep {
		begin = time.Now()
		err = w.wake()
		m.Wake = time.Since(begin)
	}
	goruntime.KeepAlive(w)
	return m, err
}

// memoryInUse is what Go has handed out and not got back: heap and stacks. That the heap holds no garbage
// takes two collections: objects with a finalizer, and what they point to, survive the first.
func memoryInUse() int64 {
	goruntime.GC()
	goruntime.GC()
	var s goruntime.MemStats
	goruntime.ReadMemStats(&s)
	return int64(s.HeapAlloc + s.StackInuse)
}

const forever = time.Hour

type waitingTasks struct {
	rt    *runtime.Runtime
	gate  *runtime.Chan[struct{}]
	sleep bool
}

func (w *waitingTasks) spawn(n int) error {
	task := w.gate.Recv
	if w.sleep {
		task = func() future.Future[struct{}] { return runtime.Sleep(forever) }
	}
	_, err := runtime.BlockOn(context.Background(), w.rt, &crowd{n: n, task: task})
	return err
}

func (w *waitingTasks) wake() error {
	_, err := runtime.BlockOn(context.Background(), w.rt, &opening{gate: w.gate})
	return err
}

// opening opens a gate, and is done when those who waited there have been polled.
type opening struct {
	gate *runtime.Chan[struct{}]
	all  crowd
}

func (o *opening) Poll(cx *future.Context) (struct{}, error) {
	if o.all.last == nil {
		o.all.task = newNoop
		o.gate.Close()
	}
	return o.all.Poll(cx)
}

type waitingGoroutines struct {
	gate  chan struct{}
	sleep bool
	all   sync.WaitGroup
}

func (w *waitingGoroutines) spawn(n int) error {
	var begun sync.WaitGroup
	begun.Add(n)
	w.all.Add(n)
	wait := func() { // one for all: no allocation for each
		begun.Done()
		if w.sleep {
			time.Sleep(forever)
		} else {
			<-w.gate
		}
		w.all.Done()
	}
	for range n {
		go wait()
	}
	begun.Wait()
	return nil
}

func (w *waitingGoroutines) wake() error {
	close(w.gate)
	w.all.Wait()
	return nil
}

// sleepers is a job's measure.
func sleepers(ctx context.Context, _ *kit.Env, n int, s side) ([]float64, error) {
	var m measured
	if err := ask(ctx, &m, "waiters", s, "sleep", n); err != nil {
		return nil, err
	}
	each := func(total int64) float64 { return max(0, float64(total)/float64(n)) }
	return []float64{each(m.Live), each(m.Peak), each(int64(m.CPU))}, nil
}
