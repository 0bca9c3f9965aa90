//go:build stackful

package http

import "ch10/future"

// serve is what becomes of a connection, in the order in which it happens. Its error is that the connection has
// ended, or is broken.
func (c *conn) serve() future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		for !c.last {
			if c.isFull() || !c.hasHeader() { // responses to requests that came together are written together
				if _, err := future.Wait(co, c.writing()); err != nil {
					return struct{}{}, err
				}
			}
			if _, err := future.Wait(co, c.reading()); err != nil {
				return struct{}{}, err
			}
			if c.last { // the request has been refused
				break
			}
			if _, err := future.Wait(co, c.answering()); err != nil {
				return struct{}{}, err
			}
		}
		if _, err := future.Wait(co, c.writing()); err != nil {
			return struct{}{}, err
		}
		// To close now would reset the connection if the client is still sending, and the response would be lost.
		return future.Wait(co, c.lingering())
	})
}
