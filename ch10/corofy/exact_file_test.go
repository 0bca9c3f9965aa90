package corofy

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	exactHead = tag + "\n\npackage main\n\nimport (\n%s\n\n\t\"m/future\"\n)\n\n"
	exactWait = "func two(v int) future.Future[int] { return nil }\n"
)

// Each body has a type that isn't the same on all systems, or is the same under another name.
var platforms = []struct{ name, imports, body string }{
	{"an inferred type that depends on the system", `"syscall"`, `var st syscall.Stat_t
		n := st.Nlink
		future.Wait(co, two(1))
		return int(n), nil`},
	{"one of several results", `"syscall"`, `f := func() (_ struct{}, sec syscall.Timeval) { return }
		_, tv := f()
		u := tv.Usec
		v, err := future.Wait(co, two(int(u)))
		return v + int(u), err`},
	{"an operand before a wait", `"syscall"`, `var st syscall.Stat_t
		return int(st.Nlink + st.Nlink*st.Nlink) + must(future.Wait(co, two(1))), nil`},
	{"an inferred element type", `"syscall"`, `st := []syscall.Stat_t{{}}
		ns := []any{st[0].Nlink}
		for _, m := range map[int]syscall.Stat_t{} {
			k := m.Nlink
			future.Wait(co, two(1))
			ns = append(ns, k)
		}
		return len(ns), nil`},
	{"an array's length", `"crypto/sha256"`, `var sum [sha256.Size]byte
		future.Wait(co, two(1))
		sum[1] = 2
		again := sum
		future.Wait(co, two(1))
		return int(sum[1] + again[2]), nil`},
	{"an array's length that depends on the system", `"strconv"`, `var b [strconv.IntSize / 8]byte
		future.Wait(co, two(1))
		b[1]++
		return len(b), nil`},
	{"an inferred array whose length depends on the system", `"unsafe"`, `b := make([][unsafe.Sizeof(uintptr(0))]byte, 1)
		c := b[0]
		future.Wait(co, two(1))
		c[1]++
		return int(c[1]), nil`},
	{"a constant that depends on the system", `"math"`, `const k = math.MaxInt >> 3
		n := uint64(math.MaxUint)
		v, err := future.Wait(co, two(k))
		return v + int(n>>9), err`},
	{"a constant operand", `"strconv"`, `n := strconv.IntSize + must(future.Wait(co, two(strconv.IntSize)))
		f := 1.5 * strconv.IntSize
		future.Wait(co, two(1))
		return n + int(f), nil`},
	{"a struct with a field that depends on the system", `"syscall"`, `x := struct{ n []any; r syscall.Rlimit }{}
		future.Wait(co, two(1))
		x.r.Cur = 3
		return len(x.n), nil`},
}

// TestPlatforms: the output is the same whatever system corofy runs on, and is Go on each, or the source is refused.
func TestPlatforms(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("package syscall has other names there")
	}
	if testing.Short() {
		t.Skip("it builds packages for other systems")
	}
	systems := [][2]string{{runtime.GOOS, runtime.GOARCH}, {"linux", "386"}, {"darwin", "arm64"}}
	for n, c := range platforms {
		if *onlyExact == "" && n%4 != 0 {
			continue // make long has all
		}
		t.Run(c.name, func(t *testing.T) {
			src := fmt.Sprintf(exactHead, c.imports) + exactWait +
				"func must(v int, _ error) int { return v }\n\nfunc one() future.Future[int] {\n\treturn future.Async(func(co *future.Co) (int, error) {\n\t\t" + c.body + "\n\t})\n}\n\nfunc main() { one() }\n"
			dir := module(t, map[string]string{"a.go": src})
			first, firstErr := "", error(nil)
			for i, s := range systems {
				t.Setenv("GOOS", s[0])
				t.Setenv("GOARCH", s[1])
				if out, err := compiles(dir, "-tags=stackful"); err != nil {
					t.Fatalf("the case isn't sound on %s: %s", s, out)
				}
				out := filepath.Join(t.TempDir(), "out.go")
				err := fileIn(filepath.Join(dir, "a.go"), out)
				if err != nil && (!positioned.MatchString(err.Error()) || strings.Contains(err.Error(), "fault of corofy")) {
					t.Fatal(err)
				}
				text := ""
				if err == nil {
					text = read(t, out)
				}
				if i == 0 {
					first, firstErr = text, err
					if err == nil {
						write(t, filepath.Join(dir, "a_corofied.go"), text)
					}
				} else if first != text {
					t.Errorf("on %s, %v: %s\non %s, %v: %s", systems[0], firstErr, first, s, err, text)
				}
				if firstErr == nil {
					if out, err := compiles(dir); err != nil {
						t.Errorf("what corofy wrote isn't Go on %s: %s", s, out)
					}
				}
			}
		})
	}
}

// compiles has the package in dir compiled, but makes no program of it.
func compiles(dir string, flags ...string) ([]byte, error) {
	return exec.Command("go", slices.Concat([]string{"-C", dir, "list", "-export"}, flags, []string{"."})...).CombinedOutput()
}

// TestVersions: what corofy writes is Go of the version that the module asks for.
func TestVersions(t *testing.T) {
	const body = `	return future.Async(func(co *future.Co) (n int, err error) {
		m := 0
		inc := func() { m++ }
		p := &n
		defer inc()
		for i := range 3 {
			f := func() int { i++; return i }
			v, err := future.Wait(co, two(m + f()))
			if err != nil {
				return v, err
			}
			inc()
			*p += v
		}
		for k, v := range map[string]int{"a": 1} {
			future.Wait(co, two(len(k) + v))
		}
		for _, r := range "abc" {
			future.Wait(co, two(int(r)))
		}
		s := []int{1, 2}
		defer func(s ...int) { m += len(s) }(s...)
		return min(m, must(future.Wait(co, two(len(s))))), nil
	})
`
	for _, version := range []string{"1.22", "1.23", "1.24", "1.25", "1.26"} { // what is Go of one is Go of those after it
		dir := module(t, map[string]string{"a.go": fmt.Sprintf(exactHead, "") + exactWait + "func must(v int, _ error) int { return v }\n\nfunc one() future.Future[int] {\n" + body + "}\n\nfunc main() { one() }\n"})
		write(t, filepath.Join(dir, "go.mod"), "module m\n\ngo "+version+"\n")
		if out, err := compiles(dir, "-tags=stackful"); err != nil {
			t.Logf("go %s can't be tried with this package future: %s", version, out)
			continue
		}
		if err := fileIn(filepath.Join(dir, "a.go"), ""); err != nil {
			t.Errorf("go %s: %v", version, err)
		} else if out, err := compiles(dir); err != nil {
			t.Errorf("go %s: %s", version, out)
		}
		break
	}
}

// TestOutputOfOtherKinds: what isn't a regular file is written through, a symbolic link is followed, a mode is kept.
func TestOutputOfOtherKinds(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such files there")
	}
	dir := module(t, map[string]string{"a.go": good, "main.go": helpers})
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := File(at("a.go"), at("want")); err != nil {
		t.Fatal(err)
	}
	want := read(t, at("want"))

	// Standard output may be a file that has something else in it.
	f, err := os.Create(at("log"))
	if err != nil {
		t.Fatal(err)
	}
	defer func(std *os.File) { os.Stdout = std }(os.Stdout)
	os.Stdout = f
	fmt.Fprint(f, "before\n")
	err = File(at("a.go"), at("log"))
	fmt.Fprint(f, "after\n")
	f.Close()
	if got := read(t, at("log")); err != nil || got != "before\n"+want+"after\n" {
		t.Errorf("standard output has %q, %v", got, err)
	}

	write(t, at("target"), "old")
	if err := os.Chmod(at("target"), 0o640); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"link": "target", "dangling": "new"} {
		if err := os.Symlink(to, at(name)); err != nil {
			t.Fatal(err)
		}
		if err := fileIn(at("a.go"), at(name)); err != nil {
			t.Error(err)
		}
		if info, err := os.Lstat(at(name)); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s was a symbolic link: %v, %v", name, info.Mode(), err)
		}
		if got, err := os.ReadFile(at(to)); string(got) != want {
			t.Errorf("%s, where %s leads, is %q, %v", to, name, got, err)
		}
	}
	if info, err := os.Stat(at("target")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode was 0640, now %v, %v", info.Mode(), err)
	}

	// Never one of the system's own devices: corofy may be wrong, and the test may be run by root.
	if out, err := exec.Command("mkfifo", at("fifo")).CombinedOutput(); err != nil {
		t.Skipf("mkfifo: %v %s", err, out)
	}
	fifo, err := os.OpenFile(at("fifo"), os.O_RDWR, 0) // for both, so that nobody waits for the other
	if err != nil {
		t.Fatal(err)
	}
	defer fifo.Close()
	written := make(chan error, 1)
	go func() { written <- fileIn(at("a.go"), at("fifo")) }()
	select {
	case err = <-written:
	case <-time.After(time.Minute):
		t.Fatal("it still reads the FIFO that it is to write")
	}
	if info, statErr := os.Lstat(at("fifo")); err != nil || statErr != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Fatalf("%v; the FIFO is none any more: %v, %v", err, info.Mode(), statErr)
	}
	got := make([]byte, len(want)) // a FIFO holds more than that
	if _, err := io.ReadFull(fifo, got); err != nil || string(got) != want {
		t.Errorf("a FIFO got %q, %v", got, err)
	}
}
