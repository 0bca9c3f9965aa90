//go:build stackful

// Package reject is where the sources are checked that corofy must refuse: this file
// is replaced by one after the other.
package reject

import (
	_ "bytes"
	_ "fmt"
	_ "sync"

	_ "ch10/future"
)
