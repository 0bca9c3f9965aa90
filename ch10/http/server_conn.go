//go:build stackful

package http

import "ch10/future"

// serve handles the requests of a connection one after the other. Its error says why the connection has ended.
func (c *conn) serve() future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		for !c.last {
			if _, err := future.Wait(co, c.step((*conn).readRequest)); err != nil {
				return struct{}{}, err
			}
			if c.last { // the request has been refused
				break
			}
			if _, err := future.Wait(co, c.step((*conn).respond)); err != nil {
				return struct{}{}, err
			}
		}
		return future.Wait(co, c.step((*conn).linger))
	})
}
