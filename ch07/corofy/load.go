package corofy

import (
	"bytes"
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
}

func newLoader(dir string) (*loader, error) {
	l := &loader{fset: token.NewFileSet(), dir: dir, all: map[string]*listed{}, done: map[string]*types.Package{"unsafe": types.Unsafe}}
	l.gc = importer.ForCompiler(l.fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(l.all[path].Export) })
	cmd := exec.Command("go", "list", "-e", "-export", "-deps", "-tags", "stackful",
		"-json=Dir,ImportPath,Export,GoFiles,CgoFiles,ImportMap,DepOnly,Module", ".")
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &stderr
	out, err := cmd.Output()
	for d := json.NewDecoder(bytes.NewReader(out)); err == nil && d.More(); {
		p := new(listed)
		err = d.Decode(p)
		l.all[p.ImportPath] = p
		if !p.DepOnly {
			l.root = p
		}
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("corofy: go list in %s: %w %s", dir, err, bytes.TrimSpace(stderr.Bytes()))
	case l.root == nil || l.root.Module == nil:
		return nil, fmt.Errorf("corofy: %s: not a package of a module", dir)
	case len(l.root.CgoFiles) > 0:
		return nil, fmt.Errorf("%s:1:1: corofy: a package with cgo: not supported", filepath.Join(dir, l.root.CgoFiles[0]))
	case version.Compare("go"+l.root.Module.GoVersion, "go1.22") < 0: // before that, a loop had one variable for all rounds, and set it again
		return nil, fmt.Errorf("corofy: %s: the module has go %s: not supported before 1.22", dir, l.root.Module.GoVersion)
	}
	return l, nil
}

// sizes are those of one system, whatever corofy runs on: what it writes is for all.
var sizes = types.SizesFor("gc", "amd64")

// futurePath is where future.Async is.
func (l *loader) futurePath() string { return l.root.Module.Path + "/future" }

// check type-checks the package p with src in place of its file name.
func (l *loader) check(p *listed, name string, src []byte, info *types.Info) (file *ast.File, pkg *types.Package, err error) {
	var files []*ast.File
	for _, g := range p.GoFiles {
		var text any // nil: from the disk
		path := filepath.Join(p.Dir, g)
		if g == name {
			text, path = src, filepath.Join(l.dir, g)
		}
		f, err := parser.ParseFile(l.fset, path, text, parser.ParseComments|parser.SkipObjectResolution)
		if list, ok := errors.AsType[scanner.ErrorList](err); ok {
			return nil, nil, findings(list)
		} else if err != nil {
			return nil, nil, fmt.Errorf("corofy: %w", err)
		}
		if files = append(files, f); g == name {
			file = f
		}
	}
	if name != "" && file == nil {
		return nil, nil, fmt.Errorf("%s: corofy: not one of the package's files with -tags stackful", filepath.Join(l.dir, name))
	}
	var found scanner.ErrorList
	conf := types.Config{
		Importer:         importerOf{l, p},
		Sizes:            sizes,
		IgnoreFuncBodies: name == "", // then nobody looks at them
		Error: func(err error) {
			e := err.(types.Error)
			found.Add(l.fset.PositionFor(e.Pos, false), e.Msg)
		},
	}
	if p.Module.GoVersion != "" {
		conf.GoVersion = "go" + p.Module.GoVersion
	}
	pkg, _ = conf.Check(p.ImportPath, l.fset, files, info)
	return file, pkg, findings(found)
}

// findings returns an error that has a line for each of all, or nil if there are none.
func findings(all scanner.ErrorList) error {
	all.Sort()
	var errs []error
	for i, e := range all {
		if i == 0 || *e != *all[i-1] {
			errs = append(errs, fmt.Errorf("%v: corofy: %s", e.Pos, e.Msg))
		}
	}
	return errors.Join(errs...)
}

// importerOf resolves the imports of one package.
type importerOf struct {
	*loader
	by *listed
}

func (i importerOf) Import(path string) (pkg *types.Package, err error) {
	if actual := i.by.ImportMap[path]; actual != "" { // a vendored package
		path = actual
	}
	if pkg := i.done[path]; pkg != nil {
		return pkg, nil
	}
	p := i.all[path]
	switch own := p != nil && p.Module != nil && p.Module.Main; {
	case p == nil || !own && p.Export == "":
		return nil, fmt.Errorf("package %s isn't known to the go command", path)
	case !own:
		return i.gc.Import(path)
	}
	if _, pkg, err = i.check(p, "", nil, nil); err != nil {
		return nil, errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	i.done[path] = pkg
	return pkg, nil
}
