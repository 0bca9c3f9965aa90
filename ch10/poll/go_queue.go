package poll

import (
	"sync/atomic"
	"time"
)

var goQueueIsOpen atomic.Bool

// openGoQueue makes Go's runtime open its own event queue now. Go opens it for the first timer of the
// process, even for one of its collector's, and ends the process if there is no descriptor left for it
// then ("netpollinit failed").
func openGoQueue() error {
	if goQueueIsOpen.Load() {
		return nil
	}
	if err := threeAreFree(); err != nil {
		return err
	}
	time.AfterFunc(time.Hour, func() {}).Stop()
	goQueueIsOpen.Store(true)
	return nil
}

// threeAreFree returns an error if the system has not the three descriptors that Go needs at most, for a queue and a pipe.
func threeAreFree() error {
	var place [3]queue
	for i := range place {
		if err := place[i].open(); err != nil {
			return err
		}
		defer place[i].close()
	}
	return nil
}
