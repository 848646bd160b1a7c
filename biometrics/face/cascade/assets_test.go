package cascade_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tram-station/tram/biometrics/face/cascade"
)

// TestAssetsScript: what deploy/assets.sh brings is what Load wants.
func TestAssetsScript(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh: the script is for Linux")
	}
	dir := t.TempDir()
	script := filepath.Join("..", "..", "..", "deploy", "assets.sh")
	for range 2 { // the second run mends what the test broke
		if out, err := exec.Command("sh", script, dir).CombinedOutput(); err != nil {
			t.Fatalf("assets.sh: %v\n%s", err, out)
		}
		if _, err := cascade.Load(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "pigo", "puploc"), []byte("broken"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := cascade.Load(dir); err == nil {
		t.Error("control: a broken asset was loaded")
	}
}
