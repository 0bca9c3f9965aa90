package corofy_test

import (
	"fmt"

	"ch10/corofy"
)

// What corofy doesn't understand it leaves alone, and says so.
func ExampleFile() {
	fmt.Println(corofy.File("join_all.rs", ""))
	// Output: corofy: join_all.rs: want a .go file
}
