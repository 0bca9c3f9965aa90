package main

// spin reads all connections with one thread. No read waits, so the thread
// asks one after the other, again and again. It gets EAGAIN nearly always, and
// a whole CPU does nothing else.
func spin(in *inbox, conns []*conn) error {
	for len(in.arrivals) < len(conns) {
		for _, c := range conns {
			if err := c.readAll(); err != nil {
				return err
			}
		}
	}
	return nil
}
