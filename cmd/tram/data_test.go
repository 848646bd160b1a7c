package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tram-station/tram/kiosk/places"
)

const dataSource = `[{"Code": "01", "FullName": "Thành phố Thử", "Wards": [
  {"Code": "00004", "FullName": "Phường Thử An", "ProvinceCode": "01"}, {"Code": "00008", "FullName": "Xã Thử Bình", "ProvinceCode": "01"}]}]`

// TestData: a list is imported with an act in the audit log, the newest is in
// use, and a list that is not whole changes nothing.
func TestData(t *testing.T) {
	data, _, _, _ := queueStation(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "units.json")
	if err := os.WriteFile(file, []byte(dataSource), 0o600); err != nil {
		t.Fatal(err)
	}
	cli := func(args ...string) (string, int) {
		var out, errs bytes.Buffer
		code := run(t.Context(), append([]string{"data", "--data", data, "--tpm", tpmNone}, args...), nil, &out, &errs)
		return out.String() + errs.String(), code
	}
	type listing struct {
		Lists    []installedList
		Problems []string
	}
	listed := func() (l listing) {
		t.Helper()
		out, _ := cli("ls", "--json")
		if err := json.NewDecoder(strings.NewReader(out)).Decode(&l); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return l
	}
	if l := listed(); len(l.Lists) != 1 || !l.Lists[0].InUse || l.Lists[0].Version != places.EmbeddedVersion || l.Lists[0].Provinces != 34 {
		t.Fatalf("at first: %+v", l)
	}
	if out, code := cli("import", file); code != exitInvalid || !strings.Contains(out, "--communes") {
		t.Errorf("1 province where 34 are expected: %d %s", code, out)
	}
	if out, code := cli("import", file+".none"); code != exitUsage {
		t.Errorf("no file: %d %s", code, out)
	}
	for _, date := range []string{"2026-07-25", "2026-08-08"} {
		out, code := cli("import", dir, "--date", date, "--provinces", "1", "--communes", "2")
		if code != exitGood || !strings.Contains(out, places.ShapeDatabase) {
			t.Fatalf("import: %d %s", code, out)
		}
	}
	if out, code := cli("import", file, "--date", "2026-08-08", "--provinces", "1", "--communes", "2"); code != exitUsage || !strings.Contains(out, "already") {
		t.Errorf("a second time: %d %s", code, out)
	}
	l := listed()
	if len(l.Lists) != 3 || !l.Lists[0].InUse || l.Lists[0].Date != "2026-08-08" || l.Lists[1].InUse || len(l.Lists[0].SHA256) != 64 {
		t.Errorf("installed: %+v", l)
	}
	out, _, code := auditCLI(t, data, "ls", "--last", "2")
	if code != exitGood || strings.Count(out, actPlaces) != 2 || !strings.Contains(out, l.Lists[0].SHA256) {
		t.Errorf("audit: %d %s", code, out)
	}
	if out, code := cli("ls"); code != exitGood || !strings.Contains(out, "in use") {
		t.Errorf("for people: %d %s", code, out)
	}
	damaged := filepath.Join(data, "places", l.Lists[0].Version, "list.json")
	if err := os.WriteFile(damaged, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, code := cli("ls"); code != exitInvalid {
		t.Errorf("damaged: exit %d", code)
	}
	if l := listed(); len(l.Lists) != 2 || l.Lists[0].Date != "2026-07-25" || !l.Lists[0].InUse || len(l.Problems) != 1 {
		t.Errorf("damaged: %+v", l)
	}
}
