// It tells when a value that a coroutine has held is gone.
package main

import (
	"fmt"
	"os"
	goruntime "runtime"
	goweak "weak"

	"ch07/corofy/testdata/weak"
	"ch07/future"
)

func main() {
	status := 0
	for _, c := range weak.Cases {
		weak.Seen = goweak.Pointer[weak.Big]{}
		f, got := c.Make(), ""
		for err := future.NotReady; err == future.NotReady; {
			_, err = f.Poll()
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
