// Package web holds the pages of the kiosk: plain modules and style sheets,
// embedded, without a framework and without a build step.
package web

import (
	"embed"
	"io/fs"
)

//go:embed static
var static embed.FS

// Files returns the pages; "index.html" is the only document.
func Files() fs.FS {
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic("web: the embedded folder is gone: " + err.Error())
	}
	return files
}
