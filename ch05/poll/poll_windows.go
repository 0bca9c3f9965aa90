package poll

import (
	"math"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// queue is an I/O completion port, into which requests to the socket driver
// complete (afd_windows.go). A request is good for one answer and looks at the
// state, not at its change. The edge-triggered contract comes from asking
// again, for a direction that was reported, only after the source has said
// that it ran dry.
type queue struct {
	port, afd windows.Handle

	mu     sync.Mutex
	table  map[uintptr]*Registration     // by socket
	asked  map[*afdRequest]*Registration // what the driver holds
	again  []*Registration               // level-triggered ones, to be asked again
	failed []*Registration               // sources for which the driver refused a request
}

// armed is what the queue knows about one source, guarded by queue.mu.
type armed struct {
	socket  windows.Handle
	request afdRequest
	asked   Interest // what request waits for; 0 when the driver doesn't hold it
	ready   Interest // what was reported and isn't used up yet
	gone    bool     // deregistered
	err     error    // why the driver refused the last request
}

// queues keeps each queue that is open, and so what the driver may write to.
var queues sync.Map

func (q *queue) open() (err error) {
	q.table = make(map[uintptr]*Registration)
	q.asked = make(map[*afdRequest]*Registration)
	// The number limits the threads that run after they got a completion. With a
	// lower one, a thread that runs another goroutine by now would count.
	if q.port, err = windows.CreateIoCompletionPort(windows.InvalidHandle, 0, 0, math.MaxUint32); err != nil {
		return err
	}
	if q.afd, err = openAFD(q.port); err != nil {
		windows.CloseHandle(q.port)
		return err
	}
	queues.Store(q, nil)
	return nil
}

func (q *queue) close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for request, reg := range q.asked {
		reg.armed.gone = true
		afdCancel(q.afd, request)
	}
	for len(q.asked) > 0 { // the driver answers each, and until then owns its memory
		request, err := q.next(1000)
		if err != nil {
			break
		}
		delete(q.asked, request)
	}
	if len(q.asked) == 0 {
		queues.Delete(q)
	}
	windows.CloseHandle(q.afd)
	return windows.CloseHandle(q.port)
}

func (q *queue) register(fd uintptr, reg *Registration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.table[fd] != nil {
		return windows.ERROR_ALREADY_EXISTS
	}
	reg.armed.socket = afdSocket(windows.Handle(fd))
	if err := q.arm(reg); err != nil {
		return err
	}
	q.table[fd] = reg
	return nil
}

func (q *queue) deregister(fd uintptr) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	reg := q.table[fd]
	if reg == nil {
		return windows.ERROR_NOT_FOUND
	}
	delete(q.table, fd)
	reg.armed.gone = true
	if reg.armed.asked != 0 {
		afdCancel(q.afd, &reg.armed.request)
	}
	return nil
}

// arm asks the driver for what reg is interested in and hasn't been told. A
// request that waits for less is cancelled first, and its completion arms again.
func (q *queue) arm(reg *Registration) error {
	a := &reg.armed
	want := (Readable | Writable) & reg.interest &^ a.ready
	switch {
	case want&^a.asked == 0:
		return nil
	case a.asked != 0:
		afdCancel(q.afd, &a.request)
		return nil
	}
	events := uint32(afdAbort | afdLocalClose | afdConnectFail)
	if want&Readable != 0 {
		events |= afdReceive | afdAccept | afdDisconnect
	}
	if want&Writable != 0 {
		events |= afdSend
	}
	if err := afdPoll(q.afd, a.socket, events, &a.request); err != nil {
		return err
	}
	a.asked = want
	q.asked[&a.request] = reg
	return nil
}

// rearm is arm for callers that have nobody to return an error to. It becomes an event.
func (q *queue) rearm(reg *Registration) {
	if err := q.arm(reg); err != nil {
		reg.armed.ready, reg.armed.err = Readable|Writable, err
		q.failed = append(q.failed, reg)
		windows.PostQueuedCompletionStatus(q.port, 0, 0, nil) // wakes wait
	}
}

func (reg *Registration) wouldBlock(i Interest) {
	q := &reg.registry.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if reg.interest&Level == 0 && !reg.armed.gone && !reg.registry.closed.Load() {
		reg.armed.ready &^= i
		q.rearm(reg)
	}
}

// wait returns no event and no error when the time is over, or when all that
// came were cancelled requests.
func (q *queue) wait(events []Event, timeout time.Duration) (n int, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	again := q.again
	q.again = nil
	for _, reg := range again {
		if !reg.armed.gone {
			reg.armed.ready = 0
			q.rearm(reg)
		}
	}
	for n < len(events) {
		if len(q.failed) > 0 {
			reg := q.failed[0]
			q.failed = q.failed[1:]
			if !reg.armed.gone {
				events[n] = failed(reg.token, reg.armed.err)
				n++
			}
			continue
		}
		if n > 0 {
			timeout = 0
		}
		q.mu.Unlock()
		request, err := q.next(uint32(milliseconds(timeout)))
		q.mu.Lock()
		if err == error(windows.WAIT_TIMEOUT) {
			break
		}
		if err != nil {
			return n, err
		}
		if reg := q.asked[request]; reg != nil {
			delete(q.asked, request)
			if e, ok := q.complete(reg); ok {
				events[n] = e
				n++
			}
		}
		timeout = 0 // take what else is there, but don't wait for it
	}
	return n, nil
}

// next takes one completion out of the port; nil is a wake-up. A request that
// failed is not an error here, because its own status has the error.
func (q *queue) next(ms uint32) (*afdRequest, error) {
	var n uint32
	var key uintptr
	var overlapped *windows.Overlapped
	err := windows.GetQueuedCompletionStatus(q.port, &n, &key, &overlapped, ms)
	if overlapped != nil {
		err = nil
	}
	return (*afdRequest)(unsafe.Pointer(overlapped)), err
}

// complete turns the driver's answer into an event, and asks for the rest.
func (q *queue) complete(reg *Registration) (e Event, ok bool) {
	a := &reg.armed
	a.asked = 0
	if a.gone {
		return e, false
	}
	status := a.request.result.Status
	// The events of a cancelled request are stale. A request without an event is to be asked again.
	if status == windows.STATUS_CANCELLED || status == windows.STATUS_SUCCESS && a.request.poll.numberOfHandles == 0 {
		q.rearm(reg)
		return e, false
	}
	e = event(reg.token, a.request.poll.events)
	if status != windows.STATUS_SUCCESS {
		e = failed(reg.token, status)
	}
	a.ready |= e.ready
	if reg.interest&Level != 0 {
		q.again = append(q.again, reg)
	} else {
		q.rearm(reg)
	}
	return e, true
}

func failed(t Token, err error) Event {
	return Event{token: t, ready: Readable | Writable, closed: true, err: err}
}

func event(t Token, events uint32) Event {
	e := Event{token: t}
	if events&(afdReceive|afdAccept|afdDisconnect) != 0 {
		e.ready |= Readable
	}
	if events&afdSend != 0 {
		e.ready |= Writable
	}
	e.closed = events&(afdDisconnect|afdAbort|afdLocalClose|afdConnectFail) != 0
	if events&(afdAbort|afdLocalClose|afdConnectFail) != 0 {
		e.ready, e.err = Readable|Writable, ErrSource
	}
	return e
}
