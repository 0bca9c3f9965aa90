// It tells when a value that a coroutine has held is gone.
package main

import (
	"fmt"
	"os"
	goruntime "runtime"
	goweak "weak"

	"ch10/corofy/testdata/weak"
	"ch10/future"
)

func main() {
	status, cx := 0, future.NewContext(future.NoopWaker)
	for _, c := range weak.Cases {
		weak.Seen = goweak.Pointer[weak.Big]{}
		f, got := c.Make(), ""
		for err := future.NotReady; err == future.NotReady; {
			_, err = f.Poll(&cx)
			goruntime.GC()
			if weak.Seen.Value() == nil {
				got += " gone"
			} else {
				got += " alive"
			}
		}
		goruntime.KeepAlive(f)
		if got != " "+c.Want {
			fmt.Fprintf(os.Stderr, "%s:%s, want %s\n", c.Name, got, c.Want)
			status = 1
		}
	}
	os.Exit(status)
}
