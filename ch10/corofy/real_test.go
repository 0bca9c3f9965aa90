package corofy

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	realFunctions = flag.Int("real", 2, "make coroutines of so many functions of Go's own programs and packages")
	realOnly      = flag.String("realonly", "", "of those programs and packages, only those whose whole name matches this regular expression")
)

// A real is a program, or a package with tests, that Go comes with. Functions of it become coroutines.
type real struct {
	name    string            // of the file, or the import path
	pkg     bool              // it is judged by its tests
	id      string            // its folder
	files   map[string]string // by name: the sources that can be changed
	skipped map[string]bool   // functions that corofy refuses
	some    string            // if set, the only function
	names   []string          // the functions that are coroutines now
	text    map[string]string // the changed sources
	want    string            // what it does as it is
}

// TestReal compares what programs of Go's own do: as they are, and with functions that have become coroutines with
// waits in them, where those poll until they have something, on stacks, and rewritten.
func TestReal(t *testing.T) {
	needsGo(t)
	root := strings.TrimSpace(command(t, "go", "env", "GOROOT"))
	all := realPrograms(t, root)
	if len(all) == 0 {
		t.Skipf("GOROOT %s has no sources to try", root)
	}
	if runtime.GOOS == "windows" {
		t.Skip("Go's test programs are for other systems")
	}
	seed := max(*randomSeed, 1)
	if *realFunctions > 2 && *randomSeed == 0 {
		seed = rand.Uint64() >> 40
	}
	r := rand.New(rand.NewPCG(seed, 5))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	run := &realRun{t: t, seed: seed, refused: map[string]int{}, imp: importer.ForCompiler(token.NewFileSet(), "gc", nil)}
	size := min(10, 1+*realFunctions/6)
	for i := 0; i < len(all) && run.functions < *realFunctions; i += size {
		run.batch(all[i:min(i+size, len(all))])
	}
	for reason, n := range run.refused {
		t.Logf("refused %d times: %s", n, reason)
	}
	t.Logf("%d functions of %d programs and packages, %d runs; %d functions refused; %d programs can't be changed; -real %d -seed %d",
		run.functions, run.programs, run.runs, run.nRefused, run.unsuited, *realFunctions, seed)
}

// realPrograms finds programs that say what they do, or panic, and packages of the standard library that need nothing of it
// that others may not import.
func realPrograms(t *testing.T, root string) (all []*real) {
	t.Helper()
	programs, _ := filepath.Glob(filepath.Join(root, "test/*.go"))
	for _, dir := range []string{"ken", "chan", "typeparam", "fixedbugs", "interface"} {
		more, _ := filepath.Glob(filepath.Join(root, "test", dir, "*.go"))
		programs = append(programs, more...)
	}
	unsuited := regexp.MustCompile(`(?m)^//go:build|^import "C"|"unsafe"|"os/exec"|runtime\.(GC|Stack|Caller|NumGoroutine|ReadMemStats|SetFinalizer)|/internal/|"internal/|errorcheck`)
	for _, name := range programs {
		text, err := os.ReadFile(name)
		if err != nil || !bytes.HasPrefix(text, []byte("// run\n")) || unsuited.Match(text) || len(text) > 40_000 ||
			strings.Contains(name, "issue29312") || // the compiler takes minutes
			strings.Contains(name, "issue26094") || // it prints types of functions that have the name of another one
			strings.Contains(name, "issue24503") || // whether two empty variables have one address is the compiler's to say
			!bytes.Contains(text, []byte("package main")) {
			continue
		}
		all = append(all, &real{name: strings.TrimPrefix(name, root+string(filepath.Separator)), files: map[string]string{"prog.go": string(text)}})
	}
	for _, path := range strings.Fields("bufio container/list container/ring container/heap path text/tabwriter encoding/csv encoding/hex encoding/base32 " +
		"encoding/base64 encoding/ascii85 encoding/pem html index/suffixarray text/scanner text/template/parse regexp/syntax regexp go/scanner go/constant " +
		"compress/bzip2 compress/lzw image/color image/draw mime/quotedprintable hash/adler32 unicode/utf16 net/mail expvar archive/tar sort strconv go/printer " +
		"go/doc/comment text/template encoding/xml encoding/gob net/textproto image/gif image/png hash/crc64 hash/fnv math/cmplx go/build/constraint go/version") {
		names, _ := filepath.Glob(filepath.Join(root, "src", path, "*.go"))
		p := &real{name: path, pkg: true, files: map[string]string{}}
		ok := len(names) > 0
		for _, name := range names {
			text, err := os.ReadFile(name)
			f, parseErr := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
			if err != nil || parseErr != nil {
				ok = false
				break
			}
			for _, i := range f.Imports {
				ok = ok && !regexp.MustCompile(`internal|vendor|"C"`).MatchString(i.Path.Value)
			}
			ok = ok && !bytes.Contains(text, []byte("//go:linkname"))
			p.files[filepath.Base(name)] = string(text)
		}
		if assembly, _ := filepath.Glob(filepath.Join(root, "src", path, "*.s")); ok && len(assembly) == 0 {
			all = append(all, p)
		}
	}
	return all
}

type realRun struct {
	t                                             *testing.T
	seed                                          uint64
	imp                                           types.Importer
	functions, programs, runs, nRefused, unsuited int
	refused                                       map[string]int
}

// batch tries some of them, each in a folder of one module.
func (run *realRun) batch(all []*real) {
	t := run.t
	dir := realModule(t)
	var live []*real
	for i, p := range all {
		if *realOnly != "" && !regexp.MustCompile("^(?:"+*realOnly+")$").MatchString(p.name) {
			continue
		}
		p.id = fmt.Sprint("p", i)
		p.skipped = map[string]bool{}
		if p.want = run.original(dir, p); p.want == "" || !run.change(p, dir) {
			run.unsuited++
			continue
		}
		live = append(live, p)
	}
	for _, p := range live {
		if msg := run.try(dir, p); msg == "unsuited" {
			run.unsuited++
		} else if msg != "" {
			run.report(dir, p, msg)
		}
	}
}

func realModule(t *testing.T) string {
	t.Helper()
	dir := module(t, nil)
	if err := os.Mkdir(filepath.Join(dir, "rt"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "rt/rt.go"), strings.ReplaceAll(read(t, "testdata/real/rt.go"), `"ch10/`, `"m/`))
	return dir
}

// put writes a program or package into its folder, whose import path is m/…/its name.
func (p *real) put(t *testing.T, dir string, text map[string]string) string {
	at := filepath.Join(dir, p.id)
	if p.pkg {
		at = filepath.Join(dir, p.id, filepath.Base(p.name))
	}
	if err := os.RemoveAll(at); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(at, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, src := range p.files {
		if changed := text[name]; changed != "" {
			src = changed
		}
		if strings.HasSuffix(name, "_test.go") {
			src = strings.ReplaceAll(src, fmt.Sprintf("%q", p.name), fmt.Sprintf("%q", "m/"+p.id+"/"+filepath.Base(p.name)))
		}
		write(t, filepath.Join(at, name), src)
	}
	if data := filepath.Join(runtime.GOROOT(), "src", p.name, "testdata"); p.pkg && exists(data) {
		if err := os.CopyFS(filepath.Join(at, "testdata"), os.DirFS(data)); err != nil {
			t.Fatal(err)
		}
	}
	return at
}

func exists(name string) bool { _, err := os.Stat(name); return err == nil }

// original returns what p does as it is, "" if that isn't the same twice or takes long.
func (run *realRun) original(dir string, p *real) string {
	at := p.put(run.t, dir, nil)
	exe := filepath.Join(dir, p.id+"original.exe")
	if out := p.build(at, exe); out != "" {
		return ""
	}
	first, second := p.run(at, exe), p.run(at, exe)
	if first != second || strings.Contains(first, "killed") {
		return ""
	}
	return first
}

// build returns what the compiler complains of.
func (p *real) build(at, exe string, flags ...string) string {
	args := []string{"-C", at, "build", "-ldflags=-s -w", "-o", exe}
	if p.pkg {
		args = []string{"-C", at, "test", "-c", "-vet=off", "-o", exe}
	}
	out, err := exec.Command("go", append(append(args, flags...), ".")...).CombinedOutput()
	if err != nil {
		return fmt.Sprintf("%v\n%s", err, out)
	}
	return ""
}

var realNoise = regexp.MustCompile(`0x[0-9a-f]+|\(?\d+\.\d+s\)?|(?s:\n?goroutine \d+.*)|\S+\.go:\d+(:\d+)?|\d+ (ns|allocs)\S*|exit status 2`)
var realRecovered = regexp.MustCompile(` \[recovered[^\]]*\]`)

// run returns what p does: for a package, how each test ends.
func (p *real) run(at, exe string, env ...string) string {
	limit := 20 * time.Second
	if strings.HasSuffix(exe, "corofied.exe") {
		limit *= 10 // what others do in time isn't a fault here if it takes longer
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe)
	if p.pkg {
		cmd = exec.CommandContext(ctx, exe, "-test.v", "-test.short")
	}
	cmd.Dir, cmd.Env = at, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if p.pkg {
		all := regexp.MustCompile(`(?m)^--- (PASS|FAIL|SKIP): \S+|^panic: .*|^fatal error: .*|^PASS$|^FAIL$|^dropped$`).FindAllString(string(out), -1)
		out = []byte(strings.Join(all, "\n"))
	}
	out = realRecovered.ReplaceAll(out, nil)
	if len(out) > 1<<20 {
		out = out[:1<<20]
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		return fmt.Sprintf("%s\nstatus %d", realNoise.ReplaceAllString(string(out), "·"), exit.ExitCode())
	} else if err != nil {
		return "killed"
	}
	return realNoise.ReplaceAllString(string(out), "·") + "\nstatus 0"
}

// change makes coroutines of functions of p, and reports whether there are any.
func (run *realRun) change(p *real, dir string) bool {
	fset := token.NewFileSet()
	var files []*ast.File
	var names []string
	for name, src := range p.files {
		f, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return false
		}
		if strings.HasSuffix(name, "_test.go") || !plainFile(name, f) {
			continue
		}
		files, names = append(files, f), append(names, name)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Instances: map[*ast.Ident]types.Instance{}}
	conf := types.Config{Importer: run.imp, GoVersion: "go1.26"}
	if _, err := conf.Check("p", fset, files, info); err != nil {
		return false
	}
	p.names, p.text = nil, map[string]string{}
	for i, f := range files {
		tr := &transform{seed: run.seed, fset: fset, info: info, file: f, src: []byte(p.files[names[i]]), only: func(name string) bool {
			if p.skipped[name] || p.some != "" && name != p.some {
				return false
			}
			h := fnv.New32a()
			fmt.Fprint(h, run.seed, p.name, name)
			return p.some != "" || !p.pkg || h.Sum32()%3 == 0
		}}
		if text := tr.run(); text != "" {
			p.text[names[i]] = text
			p.names = append(p.names, tr.names...)
		}
	}
	return len(p.names) > 0
}

// plainFile reports whether a file is for all systems.
func plainFile(name string, f *ast.File) bool {
	if regexp.MustCompile(`_(linux|windows|darwin|amd64|arm64|386|arm|js|wasm|plan9|unix|s390x|ppc64x?|riscv64|loong64|generic|asm|noasm)\.go$`).MatchString(name) {
		return false
	}
	for _, g := range f.Comments {
		for _, c := range g.List {
			if c.Pos() < f.Package && constraint.IsGoBuild(c.Text) {
				return false
			}
		}
	}
	return true
}

// try returns what is wrong about p, "" if nothing is, or "unsuited".
func (run *realRun) try(dir string, p *real) string {
	t := run.t
	exe := func(kind string) string { return filepath.Join(dir, p.id+kind+".exe") }
	at := ""
	for {
		at = p.put(t, dir, p.text)
		if out := p.build(at, exe("stackful"), "-tags=stackful"); out != "" { // leave out what the compiler names, if it does
			if !run.without(p, dir, out) {
				if os.Getenv("REALDEBUG") != "" {
					t.Logf("%s: %.600s", p.name, out)
				}
				return "unsuited"
			}
			continue
		}
		refused := ""
		for name := range p.text {
			if err := fileIn(filepath.Join(at, name), ""); err != nil {
				if refused = err.Error(); strings.Contains(refused, "fault of corofy") || !positioned.MatchString(refused) {
					return refused
				}
				break
			}
		}
		if refused == "" {
			break
		}
		run.nRefused++
		run.refused[regexp.MustCompile(`.*?: corofy: `).ReplaceAllString(strings.SplitN(refused, "\n", 2)[0], "")]++
		if !run.without(p, dir, strings.SplitN(refused, "\n", 2)[0]) {
			return "unsuited"
		}
	}
	plainFuture := "-overlay=" + overlay(t, map[string]string{filepath.Join(dir, "future/async.go"): "testdata/plain.go"})
	if out := p.build(at, exe("plain"), "-tags=stackful", plainFuture); out != "" {
		return "unsuited"
	}
	if out := p.build(at, exe("corofied")); out != "" {
		return "what corofy wrote is no Go: " + out
	}
	stackful := p.run(at, exe("stackful"))
	if stackful == "killed" || !p.pkg && stackful != p.want || p.run(at, exe("plain")) != stackful {
		return "unsuited"
	}
	var msgs []string
	same := func(want string, env ...string) {
		run.runs++
		if got := p.run(at, exe("corofied"), env...); got != want {
			msgs = append(msgs, fmt.Sprintf("%v: %s", env, firstLine(want, got)))
		}
	}
	for _, pending := range []string{"0", "1", "3"} {
		env := "RT_PENDING=" + pending
		if got := p.run(at, exe("stackful"), env); got == stackful { // else it counts time, or goroutines
			same(stackful, env)
		}
	}
	for _, n := range []string{"0", "1", "2", "5", "17"} {
		if p.concurrent() {
			break // which poll is the nth is another each time
		}
		env := []string{"RT_PENDING=1", "RT_DROP=" + n}
		if want := p.run(at, exe("stackful"), env...); want != stackful && want == p.run(at, exe("stackful"), env...) {
			same(want, env...)
		}
	}
	run.programs++
	run.functions += len(p.names)
	return strings.Join(msgs, "\n")
}

func (p *real) concurrent() bool {
	for _, text := range p.files {
		if regexp.MustCompile(`\bgo (func\b|[\w.]+\()`).MatchString(text) {
			return true
		}
	}
	return false
}

// without leaves out the function in which the line of a message is.
func (run *realRun) without(p *real, dir, msg string) bool {
	for _, m := range regexp.MustCompile(`(\w+\.go):(\d+)`).FindAllStringSubmatch(msg, -1) {
		text := p.text[m[1]]
		line, _ := strconv.Atoi(m[2])
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, m[1], text, parser.SkipObjectResolution)
		if err != nil || text == "" {
			continue
		}
		for _, d := range f.Decls {
			fd, ok := d.(*ast.FuncDecl)
			if !ok || line < fset.Position(fd.Pos()).Line || line > fset.Position(fd.End()).Line {
				continue
			}
			name := fd.Name.Name
			if fd.Recv != nil {
				typ := fd.Recv.List[0].Type
				name = fmt.Sprint(text[fset.Position(typ.Pos()).Offset:fset.Position(typ.End()).Offset], ".", name)
			}
			for _, n := range p.names {
				if n == name || strings.HasPrefix(n, name) && name == "init" {
					p.skipped[n] = true
					return run.change(p, dir)
				}
			}
		}
	}
	return false
}

// report finds one function that makes the difference, and shows it.
func (run *realRun) report(dir string, p *real, msg string) {
	t := run.t
	for _, name := range p.names {
		q := *p
		q.some = name
		functions, programs, runs := run.functions, run.programs, run.runs
		if run.change(&q, dir) {
			if one := run.try(dir, &q); one != "" && one != "unsuited" {
				shown := ""
				for file, text := range q.text {
					shown += "-- " + file + " --\n" + around(text)
				}
				t.Errorf("%s, only with %s (-real %d -seed %d -realonly %s): %.2000s\n%.3000s", p.name, name, *realFunctions, run.seed, p.name, one, shown)
				run.functions, run.programs, run.runs = functions, programs, runs
				return
			}
		}
		run.functions, run.programs, run.runs = functions, programs, runs
	}
	t.Errorf("%s, with all of %q (-real %d -seed %d -realonly %s): %.2000s", p.name, p.names, *realFunctions, run.seed, p.name, msg)
}

// around returns the function that has become a coroutine.
func around(text string) string {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", text, parser.SkipObjectResolution)
	if err != nil {
		return text
	}
	for _, d := range f.Decls {
		if part := text[fset.Position(d.Pos()).Offset:fset.Position(d.End()).Offset]; strings.Contains(part, "futcoro.Async") {
			return part + "\n"
		}
	}
	return text
}

func firstLine(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return fmt.Sprintf("line %d: want %.300q, got %.300q", i+1, a[i], strings.Join(b[min(i, len(b)):min(i+1, len(b))], ""))
		}
	}
	return fmt.Sprintf("more: %.300q", strings.Join(b[len(a):], "\n"))
}
