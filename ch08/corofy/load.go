package corofy

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"go/version"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Pass 1, load: a folder → a type-checked package.
//
// A loader type-checks one package as it is built with -tags stackful. It takes
// the source of every package of the same modules, since those may have files
// that corofy is yet to write, and what the compiler has exported of all others.
type loader struct {
	fset *token.FileSet
	dir  string
	root *listed
	all  map[string]*listed
	done map[string]*types.Package
	gc   types.Importer
}

// listed is what go list tells of a package.
type listed struct {
	Dir, ImportPath, Export string
	GoFiles, CgoFiles       []string
	ImportMap               map[string]string
	DepOnly                 bool
	Module                  *struct {
		Path, GoVersion string
		Main            bool
	}
	Error *struct{ Err string }
}

func newLoader(dir string) (*loader, error) {
	l := &loader{fset: token.NewFileSet(), dir: dir, all: map[string]*listed{}, done: map[string]*types.Package{}}
	l.gc = importer.ForCompiler(l.fset, "gc", func(path string) (io.ReadCloser, error) {
		if p := l.all[path]; p != nil && p.Export != "" {
			return os.Open(p.Export)
		}
		return nil, fmt.Errorf("the go command has no export data of %s", path)
	})
	cmd := exec.Command("go", "list", "-e", "-export", "-deps", "-tags", "stackful",
		"-json=Dir,ImportPath,Export,GoFiles,CgoFiles,ImportMap,DepOnly,Module,Error", ".")
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("corofy: go list in %s: %w %s", dir, err, bytes.TrimSpace(stderr.Bytes()))
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(listed)
		if err := d.Decode(p); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("corofy: go list in %s: %w", dir, err)
		}
		l.all[p.ImportPath] = p
		if !p.DepOnly {
			l.root = p
		}
	}
	if l.root == nil || l.root.Module == nil {
		return nil, fmt.Errorf("corofy: %s: not a package of a module", dir)
	}
	if len(l.root.GoFiles) == 0 && l.root.Error != nil {
		return nil, fmt.Errorf("corofy: %s: %s", dir, l.root.Error.Err)
	}
	if len(l.root.CgoFiles) > 0 {
		return nil, fmt.Errorf("%s:1:1: corofy: a package with cgo: not supported", filepath.Join(dir, l.root.CgoFiles[0]))
	}
	// Before that, a loop had one variable for all rounds, and set it again.
	if v := l.root.Module.GoVersion; !l.atLeast("go1.22") {
		return nil, fmt.Errorf("corofy: %s: the module has go %s: not supported before 1.22", dir, v)
	}
	return l, nil
}

// sizes are those of one system, whatever corofy runs on: what it writes is for all.
var sizes = types.SizesFor("gc", "amd64")

// atLeast reports whether the module's version of the language is v or later.
func (l *loader) atLeast(v string) bool {
	return version.Compare("go"+l.root.Module.GoVersion, v) >= 0
}

// futurePath is where future.Async is.
func (l *loader) futurePath() string { return l.root.Module.Path + "/future" }

// check type-checks the package with src in place of its file name.
func (l *loader) check(name string, src []byte, info *types.Info) (*ast.File, *types.Package, error) {
	return l.source(l.root, name, src, info)
}

func (l *loader) source(p *listed, name string, src []byte, info *types.Info) (file *ast.File, pkg *types.Package, err error) {
	var files []*ast.File
	for _, g := range p.GoFiles {
		var text any // nil: from the disk
		path := filepath.Join(p.Dir, g)
		if g == name {
			text, path = src, filepath.Join(l.dir, g)
		}
		f, err := parser.ParseFile(l.fset, path, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, unparsed(err)
		}
		if files = append(files, f); g == name {
			file = f
		}
	}
	if name != "" && file == nil {
		return nil, nil, fmt.Errorf("%s: corofy: not one of the package's files with -tags stackful", filepath.Join(l.dir, name))
	}
	var found []types.Error
	conf := types.Config{
		Importer:         importerOf{l, p},
		Sizes:            sizes,
		IgnoreFuncBodies: name == "", // then nobody looks at them
		Error:            func(err error) { found = append(found, err.(types.Error)) },
	}
	if p.Module.GoVersion != "" {
		conf.GoVersion = "go" + p.Module.GoVersion
	}
	pkg, _ = conf.Check(p.ImportPath, l.fset, files, info)
	slices.SortStableFunc(found, func(a, b types.Error) int { return cmp.Compare(a.Pos, b.Pos) })
	var errs []error
	for _, e := range found {
		errs = append(errs, fmt.Errorf("%v: corofy: %s", l.fset.PositionFor(e.Pos, false), e.Msg))
	}
	return file, pkg, errors.Join(errs...)
}

// unparsed is an error of the parser, in the form that all have.
func unparsed(err error) error {
	list, ok := errors.AsType[scanner.ErrorList](err)
	if !ok {
		return fmt.Errorf("corofy: %w", err)
	}
	var errs []error
	for _, e := range list {
		errs = append(errs, fmt.Errorf("%v: corofy: %s", e.Pos, e.Msg))
	}
	return errors.Join(errs...)
}

// importerOf resolves the imports of one package.
type importerOf struct {
	*loader
	by *listed
}

func (i importerOf) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if actual := i.by.ImportMap[path]; actual != "" { // a vendored package
		path = actual
	}
	if pkg := i.done[path]; pkg != nil {
		return pkg, nil
	}
	p := i.all[path]
	if p == nil {
		return nil, fmt.Errorf("package %s isn't known to the go command", path)
	}
	if p.Module == nil || !p.Module.Main {
		return i.gc.Import(path)
	}
	_, pkg, err := i.source(p, "", nil, nil)
	if err != nil {
		return nil, errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	i.done[path] = pkg
	return pkg, nil
}
