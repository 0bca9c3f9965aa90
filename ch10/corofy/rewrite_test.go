package corofy

import (
	"fmt"
	"testing"
)

// rewriteIn is corofy as the tests see it: what it makes of src in place of the file name of the
// directory dir, whose package it may load once for all calls. A panic is an error like any other.
func rewriteIn(t *testing.T, dir, name string, src []byte) (text []byte, err error) {
	t.Helper()
	l := loaderOf(t, dir)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("fault of corofy: it panics: %v", p)
		}
	}()
	return l.rewrite(name, src)
}

// fileIn is File, and panics likewise.
func fileIn(in, out string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("fault of corofy: it panics: %v", p)
		}
	}()
	return File(in, out)
}
