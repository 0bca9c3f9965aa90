package runtime

// CloseQueue closes r's event queue: the next Poll fails. The reactor's thread must not be in
// Poll, and nobody in Register or Deregister.
func CloseQueue(r *EventLoop) error { return r.poll.Close() }
