package main

// spin reads all connections with one thread. No read waits, so the thread
// asks one after the other, again and again. It gets EAGAIN nearly always, and
// a whole CPU does nothing else.
func spin(in *inbox) error {
	conns, err := in.dialAll(true)
	if err != nil {
		return err
	}
	defer closeAll(conns)
	for len(in.arrivals) < len(conns) {
		for _, c := range conns {
			if err := c.readAll(); err != nil {
				return err
			}
		}
	}
	return nil
}
