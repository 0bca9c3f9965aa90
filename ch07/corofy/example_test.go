package corofy_test

import (
	"fmt"

	"ch07/corofy"
)

// File returns an error for a file that isn't Go.
func ExampleFile() {
	fmt.Println(corofy.File("join_all.rs", ""))
	// Output: corofy: join_all.rs: want a .go file
}
