package corofy

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	randomFor  = flag.Duration("random", 0, "try random programs for so long")
	randomTame = flag.Bool("tame", false, "leave out of random programs what a corofy may refuse")
	randomSeed = flag.Uint64("seed", 0, "begin with this random program; 0: any, or the first without -random")
)

const randomDir = "testdata/random"

// A batch is a number of programs that are built together, three ways.
type batch struct {
	tmp      string
	programs map[string]*program
	rejected map[string]int // for each reason
	wrong    []*program     // what corofy makes of them is no Go
	broken   []*program     // and the compiler sees that
	n        int
}

// TestRandomPrograms compares what random programs do: with waits that poll until they have
// something, on coroutines, and rewritten.
func TestRandomPrograms(t *testing.T) {
	needsGo(t)
	seed := *randomSeed
	if seed == 0 {
		seed = rand.Uint64() >> 24
	}
	total, rejected, size := 0, map[string]int{}, 16
	try := func(seed uint64) {
		var all []*program
		for i := range size {
			all = append(all, generate(seed+uint64(i)))
		}
		b := newBatch(t, all, false)
		for i, p := range append(b.wrong, b.compare(t)...) {
			if i == 3 {
				t.Error("there are more")
				break
			}
			t.Errorf("with -seed %d:\n%s", p.seed, report(t, p))
		}
		total += b.n
		for reason, n := range b.rejected {
			rejected[reason] += n
		}
	}
	if *randomFor == 0 {
		try(max(*randomSeed, 1)) // the same ones each time
	}
	for size = 250; *randomFor > 0; seed += uint64(size) {
		begin := time.Now()
		try(seed)
		if *randomFor -= time.Since(begin); t.Failed() {
			break
		}
	}
	n := 0
	for reason, k := range rejected {
		n += k
		t.Logf("refused %d times: %s", k, reason)
	}
	t.Logf("%d programs, of which %d refused, the last with seed %d", total, n, seed)
	if n*20 > total {
		t.Errorf("corofy refuses %d of %d programs", n, total)
	}
}

func newBatch(t *testing.T, all []*program, quiet bool) *batch {
	b := &batch{tmp: t.TempDir(), programs: map[string]*program{}, rejected: map[string]int{}, n: len(all)}
	for i, p := range all {
		name := fmt.Sprint("p", i)
		src := p.source(name)
		text, err := rewriteIn(t, randomDir, "program.go", src)
		switch {
		case err == nil:
			b.programs[name] = p
			for kind, text := range map[string][]byte{"": src, "_corofied": text} {
				if err := os.WriteFile(filepath.Join(b.tmp, name+kind+".go"), text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		case strings.Contains(err.Error(), "fault of corofy"):
			b.wrong = append(b.wrong, p)
		default:
			reason := regexp.MustCompile(`.*?: corofy: `).ReplaceAllString(strings.SplitN(err.Error(), "\n", 2)[0], "")
			b.rejected[reason]++
			if !quiet && !strings.HasSuffix(reason, "not supported") {
				t.Logf("seed %d: %v", p.seed, err)
			}
		}
	}
	return b
}

// overlay has the go command see the programs, and maybe another package future.
func (b *batch) overlay(t *testing.T, kind, async string) string {
	files := map[string]string{}
	for name := range b.programs {
		files[filepath.Join(randomDir, name+kind+".go")] = filepath.Join(b.tmp, name+kind+".go")
	}
	if async != "" {
		files["../future/async.go"] = async
	}
	return "-overlay=" + overlay(t, files)
}

// build does without optimisation, which would take most of the time.
func (b *batch) build(t *testing.T, name, overlay string, tags ...string) string {
	exe := filepath.Join(b.tmp, name+".exe")
	out, err := exec.Command("go", append(append([]string{"build", "-o", exe, "-gcflags=-N -l -e", "-ldflags=-s -w", overlay}, tags...), "./"+randomDir)...).CombinedOutput()
	if err == nil {
		return exe
	}
	found := regexp.MustCompile(`(p\d+)(?:_corofied)?\.go:`).FindAllSubmatch(out, -1)
	if len(found) == 0 {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, m := range found {
		if p := b.programs[string(m[1])]; p != nil {
			delete(b.programs, string(m[1]))
			b.broken = append(b.broken, p)
		}
	}
	return ""
}

// compare returns the programs that don't do the same in all three ways, or have something that vet
// warns of.
func (b *batch) compare(t *testing.T) (different []*program) {
	t.Helper()
	if len(b.programs) == 0 {
		return nil
	}
	source, corofied := b.overlay(t, "", ""), b.overlay(t, "_corofied", "")
	exe := b.build(t, "corofied", corofied)
	if exe == "" {
		return append(b.compare(t), b.broken...)
	}
	rewritten := b.run(t, exe)
	plain := b.run(t, b.build(t, "plain", b.overlay(t, "", "testdata/plain.go"), "-tags=stackful"))
	stackful := b.run(t, b.build(t, "stackful", source, "-tags=stackful"))
	vetted := vetRandom(t, corofied)
	if len(vetted) > 0 {
		for name := range vetRandom(t, source, "-tags=stackful") {
			delete(vetted, name)
		}
	}
	for name, p := range b.programs {
		main := func(result string) string { return strings.SplitN(result, " ", 2)[0] }
		if main(plain[name]) != main(stackful[name]) || stackful[name] != rewritten[name] || vetted[name] != "" {
			different = append(different, p)
		}
	}
	return different
}

// run returns the line that each program prints.
func (b *batch) run(t *testing.T, exe string) map[string]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	results := map[string]string{}
	cmd := exec.CommandContext(ctx, exe)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	for line := range strings.Lines(string(out)) {
		name, result, _ := strings.Cut(strings.TrimSpace(line), " ")
		results[name] = result
	}
	if err != nil {
		t.Errorf("%s: %v: %.2000s", exe, err, &stderr)
	}
	return results
}

// vetRandom returns what vet says, about each program.
func vetRandom(t *testing.T, flags ...string) map[string]string {
	t.Helper()
	out, err := exec.Command("go", append(append([]string{"vet"}, flags...), "./"+randomDir)...).CombinedOutput()
	found := map[string]string{}
	for _, m := range regexp.MustCompile(`(p\d+)(?:_corofied)?\.go:.*`).FindAllStringSubmatch(string(out), -1) {
		found[m[1]] += m[0] + "\n"
	}
	if err != nil && len(found) == 0 {
		t.Fatalf("go vet: %v\n%s", err, out)
	}
	return found
}

// report makes a program smaller, as long as it is still wrong, and shows it and what it does.
func report(t *testing.T, p *program) string {
	isNoGo := len(newBatch(t, []*program{p}, true).wrong) > 0
	for begin := time.Now(); time.Since(begin) < time.Minute; {
		b := newBatch(t, p.smaller(), true)
		wrong := b.wrong
		if !isNoGo { // else there is no need to build anything
			wrong = append(wrong, b.compare(t)...)
		}
		if len(wrong) == 0 {
			break
		}
		for _, q := range wrong {
			if len(q.source("p0")) < len(p.source("p0")) {
				p = q
			}
		}
	}
	b := newBatch(t, []*program{p}, true)
	text := string(p.source("p0"))
	if len(b.wrong) > 0 {
		text = fewerLines(t, text)
		_, err := rewriteIn(t, randomDir, "program.go", []byte(text))
		return fmt.Sprintf("%s\n%v", text, err)
	}
	traces := map[string][]string{}
	for kind, exe := range map[string]string{
		"plain":    b.build(t, "plain", b.overlay(t, "", "testdata/plain.go"), "-tags=stackful"),
		"stackful": b.build(t, "stackful", b.overlay(t, "", ""), "-tags=stackful"),
		"corofied": b.build(t, "corofied", b.overlay(t, "_corofied", "")),
	} {
		traces[kind] = strings.SplitN(command(t, exe, "p0"), "~\n", 2)
	}
	corofied, _ := os.ReadFile(filepath.Join(b.tmp, "p0_corofied.go"))
	text += "\n" + string(corofied) + vetRandom(t, b.overlay(t, "_corofied", ""))["p0"]
	for i, pair := range [][2]string{{"plain", "stackful"}, {"stackful", "corofied"}} {
		text += firstDifference(pair[0], traces[pair[0]][i], pair[1], traces[pair[1]][i])
	}
	return text
}

// fewerLines leaves out lines for as long as corofy's fault stays.
func fewerLines(t *testing.T, text string) string {
	lines := strings.Split(text, "\n")
	for n := len(lines) / 2; n > 0; n-- {
		for i := 0; i+n <= len(lines); {
			fewer := slices.Concat(lines[:i], lines[i+n:])
			_, err := rewriteIn(t, randomDir, "program.go", []byte(strings.Join(fewer, "\n")))
			if err == nil || !strings.Contains(err.Error(), "fault of corofy") {
				i++
				continue
			}
			lines = fewer
		}
	}
	return strings.Join(lines, "\n")
}

// firstDifference shows the first run in which two traces aren't the same.
func firstDifference(nameA, a, nameB, b string) string {
	as, bs := strings.Split(a, "=== "), strings.Split(b, "=== ")
	for i := range as {
		if i >= len(bs) || as[i] != bs[i] {
			return fmt.Sprintf("\n%s: %s\n%s: %s", nameA, as[i], nameB, strings.Join(bs[min(i, len(bs)):min(i+1, len(bs))], ""))
		}
	}
	return ""
}
