package web

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
)

// The documents: the officer's page and the citizen's.
const (
	Officer = "index.html"
	Citizen = "citizen.html"
)

var script = regexp.MustCompile(`<script type="module" src="/([^"]+)">`)

// from stands before the address of a module that is imported. It is looked for
// byte by byte: an expression would take longer than the rest of a start.
var from = []byte(" from '.")

// Document is a page that names all of its modules in its head. A browser then
// asks for them at once; otherwise it would find them one import behind the
// other, which takes longer than everything else.
func Document(name string) ([]byte, error) {
	files := Files()
	page, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	at := script.FindSubmatchIndex(page)
	if at == nil {
		return nil, fmt.Errorf("web: %s has no module", name)
	}
	modules, err := modulesOf(files, string(page[at[2]:at[3]]))
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	var out bytes.Buffer
	out.Write(page[:at[0]])
	for _, m := range modules {
		fmt.Fprintf(&out, "<link rel=\"modulepreload\" href=\"/%s\">\n  ", m)
	}
	out.Write(page[at[0]:])
	return out.Bytes(), nil
}

// modulesOf lists a module and all that it imports, each once, nearest first.
func modulesOf(files fs.FS, first string) ([]string, error) {
	list, seen := []string{first}, map[string]bool{first: true}
	for i := 0; i < len(list); i++ {
		text, err := fs.ReadFile(files, list[i])
		if err != nil {
			return nil, err
		}
		for {
			_, rest, more := bytes.Cut(text, from)
			if !more {
				break
			}
			var address []byte
			address, text, _ = bytes.Cut(rest, []byte("'"))
			if next := path.Join(path.Dir(list[i]), "."+string(address)); !seen[next] {
				seen[next] = true
				list = append(list, next)
			}
		}
	}
	return list, nil
}
