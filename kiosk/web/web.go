// Package web holds the pages of the kiosk: plain modules and style sheets,
// embedded, without a framework and without a build step.
package web

import (
	"embed"
	"io/fs"
)

//go:embed static
var static embed.FS

// Files returns the pages. The documents are "index.html", the officer's, and
// "citizen.html", the citizen's own.
func Files() fs.FS {
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic("web: the embedded folder is gone: " + err.Error())
	}
	return files
}
