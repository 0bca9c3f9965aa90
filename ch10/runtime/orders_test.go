package runtime

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ch10/interleave"
)

// The protocols between goroutines, as models, in the files orders_*_test.go. Each has the steps of the functions that its
// test names. Some of these in a wrong order stand beside it, and lose something.

// orders explores a protocol as it is, and with mistakes.
func orders[S comparable](t *testing.T, right interleave.Model[S], wrong map[string]interleave.Model[S]) {
	t.Helper()
	r := right.Explore()
	if r.Bad != 0 {
		t.Errorf("%d of %d orders are bad, as %v", r.Bad, r.Orders, r.First)
	}
	t.Logf("%d orders", r.Orders)
	for name, m := range wrong {
		r := m.Explore()
		if r.Bad == 0 {
			t.Errorf("%s: none of %d orders is bad", name, r.Orders)
		}
		t.Logf("%s: %d of %d are bad, as %v", name, r.Bad, r.Orders, r.First)
	}
}

var (
	aModel   = regexp.MustCompile(`TestOrdersOf[A-Z]\w*`)
	itsSteps = regexp.MustCompile(`^(\w+) has the steps of (.+?)\. `) // which are separated by commas, or by and
	asOne    = strings.NewReplacer(" and ", ", ")
)

// TestModelsAndCodeNameEachOther: a model has the steps of functions that exist, and whose comments name it; and a comment
// names only models that have the function's steps.
func TestModelsAndCodeNameEachOther(t *testing.T) {
	code, models := map[string]string{}, map[string][]string{} // comments, and the functions of a model
	files, _ := filepath.Glob("*.go")
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			switch isTest := strings.HasSuffix(file, "_test.go"); {
			case !ok:
			case !isTest:
				code[receiver(fn)+fn.Name.Name] = fn.Doc.Text()
			case strings.HasPrefix(fn.Name.Name, "TestOrdersOf"):
				doc := strings.Join(strings.Fields(fn.Doc.Text()), " ")
				if steps := itsSteps.FindStringSubmatch(doc); steps != nil && steps[1] == fn.Name.Name {
					models[steps[1]] = strings.Split(asOne.Replace(steps[2]), ", ")
				} else {
					t.Errorf("the comment of %s doesn't say whose steps it has", fn.Name.Name)
				}
			}
		}
	}
	has := map[[2]string]bool{}
	for model, functions := range models {
		for _, fn := range functions {
			has[[2]string{fn, model}] = true
			if doc, ok := code[fn]; !ok {
				t.Errorf("%s has the steps of %s, which doesn't exist", model, fn)
			} else if !strings.Contains(doc, model) {
				t.Errorf("the comment of %s doesn't name %s", fn, model)
			}
		}
	}
	for fn, doc := range code {
		for _, model := range aModel.FindAllString(doc, -1) {
			if !has[[2]string{fn, model}] {
				t.Errorf("the comment of %s names %s, which hasn't its steps", fn, model)
			}
		}
	}
}

// receiver returns the name of fn's receiver, with a point.
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return ""
	}
	x := fn.Recv.List[0].Type
	if star, ok := x.(*ast.StarExpr); ok {
		x = star.X
	}
	if generic, ok := x.(*ast.IndexExpr); ok {
		x = generic.X
	}
	return x.(*ast.Ident).Name + "."
}
