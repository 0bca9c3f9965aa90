//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber_test

import (
	"fmt"

	"ch05/fiber"
)

func Example() {
	rt, err := fiber.New(fiber.Options{})
	if err != nil {
		panic(err)
	}
	defer rt.Close()
	for _, name := range []string{"one", "two"} {
		fiber.Spawn(func() {
			for i := range 3 {
				fmt.Println(name, i)
				fiber.Yield()
			}
			panic(name + " has enough")
		})
	}
	fmt.Println(rt.Run())
	// Output:
	// one 0
	// two 0
	// one 1
	// two 1
	// one 2
	// two 2
	// fiber 1: panic: one has enough
	// fiber 2: panic: two has enough
}
