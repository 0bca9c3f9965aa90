package tcp

import (
	"net/netip"
	"testing"
)

// TestEmptyReadOfNoConnection goes through on some systems, and says nothing of the connection:
// whoever takes it for one calls a refusal "read" later.
func TestEmptyReadOfNoConnection(t *testing.T) {
	_, family, err := sockaddr(netip.MustParseAddrPort("127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	fd, err := socket(family)
	if err != nil {
		t.Fatal(err)
	}
	s := &Stream{fd: fd}
	defer s.Close()
	s.Read(nil)
	if s.connected {
		t.Error("an empty read is taken for a connection")
	}
}
