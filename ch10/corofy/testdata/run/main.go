// It prints what all cases do.
package main

import (
	"bufio"
	"os"

	"ch10/corofy/testdata/cases"
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	cases.Run(out)
	out.Flush()
}
