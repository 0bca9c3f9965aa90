package corofy

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkRewrite: the time has to grow as the source does.
func BenchmarkRewrite(b *testing.B) {
	body := func(waits int) string {
		var s strings.Builder
		for i := range waits {
			fmt.Fprintf(&s, "v%d, err := future.Wait(co, number(%d))\nif err != nil {\nreturn \"\", err\n}\nn += v%[1]d\n", i, i)
			if i%10 == 9 {
				fmt.Fprintf(&s, "fmt.Println(v%d, v%d)\n", i-9, i-4)
			}
		}
		return "n := 0\n" + s.String() + "return fmt.Sprint(n), nil"
	}
	l, err := newLoader("testdata/reject")
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{100, 400, 1600, 3200} {
		b.Run(fmt.Sprint(n, "-waits"), func(b *testing.B) {
			src := aroundDecl + fmt.Sprintf(aroundBody, body(n))
			for b.Loop() {
				if _, err := l.rewrite("reject.go", []byte(src)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	for _, n := range []int{100, 400} {
		b.Run(fmt.Sprint(n, "-coroutines"), func(b *testing.B) {
			src := aroundDecl
			for i := range n {
				src += strings.Replace(fmt.Sprintf(aroundBody, body(5)), "func f(", fmt.Sprintf("func f%d(", i), 1)
			}
			for b.Loop() {
				if _, err := l.rewrite("reject.go", []byte(src)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
