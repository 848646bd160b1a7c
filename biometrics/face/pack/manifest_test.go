package pack_test

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics/face/pack"
)

// raw is the manifest.json of the sample pack.
func raw(t testing.TB) []byte {
	t.Helper()
	m, _ := sample()
	for i := range m.Models {
		m.Models[i].SHA256 = strings.Repeat("0a", 32)
	}
	b, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestManifestForms: what is not exactly a manifest is refused. The replaced
// text must be there, and the manifest without the replacement must pass.
func TestManifestForms(t *testing.T) {
	good := string(raw(t))
	if _, err := pack.ParseManifest([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new string }{
		"unknown field":      {`"licence": "MIT",`, `"licence": "MIT", "valid_until": "2027-01-01",`},
		"unknown in a model": {`"role": "detector",`, `"role": "detector", "mirror": true,`},
		"name twice":         {`"version": "1.2.0",`, `"version": "1.2.0", "version": "1.2.1",`},
		"name in two cases":  {`"version": "1.2.0",`, `"version": "1.2.0", "VERSION": "1.2.1",`},
		"twice in a model":   {`"accept": 0.5,`, `"accept": 0.5, "accept": 0.1,`},
		"no name":            {`"thu-nghiem"`, `""`},
		"name of a folder":   {`"thu-nghiem"`, `"../thu"`},
		"upper case":         {`"thu-nghiem"`, `"Thu"`},
		"version of words":   {`"1.2.0"`, `"newest"`},
		"version as a path":  {`"1.2.0"`, `"1/../../2"`},
		"licence missing":    {`"licence": "Apache-2.0"`, `"licence": " "`},
		"source missing":     {`"source": "made up"`, `"source": ""`},
		"escape for screens": {`bộ mẫu thử`, `\u001b[2J`},
		"two lines":          {`bộ mẫu thử`, `bộ\nmẫu`},
		"no role":            {`"landmarks"`, `"poet"`},
		"role twice":         {`"landmarks"`, `"detector"`},
		"no detector":        {`"role": "detector"`, `"role": "landmarks"`},
		"kind":               {`"ultraface-320"`, `"ultraface 320"`},
		"short sum":          {strings.Repeat("0a", 32), strings.Repeat("0a", 31)},
		"upper-case sum":     {strings.Repeat("0a", 32), strings.Repeat("0A", 32)},
		"no sum":             {strings.Repeat("0a", 32), strings.Repeat("0g", 32)},
		"file above":         {`"finder.onnx"`, `"../finder.onnx"`},
		"file from the root": {`"finder.onnx"`, `"/finder.onnx"`},
		"file of Windows":    {`"finder.onnx"`, `"c:\\finder.onnx"`},
		"drive of Windows":   {`"finder.onnx"`, `"c:finder.onnx"`},
		"path not clean":     {`"finder.onnx"`, `"nets//finder.onnx"`},
		"path with a dot":    {`"finder.onnx"`, `"./finder.onnx"`},
		"hidden file":        {`"finder.onnx"`, `".finder"`},
		"last dot":           {`"finder.onnx"`, `"finder."`},
		"the manifest":       {`"finder.onnx"`, `"Manifest.json"`},
		"the signature":      {`"finder.onnx"`, `"manifest.sig"`},
		"file twice":         {`"finder.onnx"`, `"nets/POINTS.onnx"`},
		"review is zero":     {`"review": 0.35`, `"review": 0`},
		"review above":       {`"review": 0.35`, `"review": 0.6`},
		"accept is one":      {`"accept": 0.5`, `"accept": 1`},
		"negative score":     {`"min_score": 0.7`, `"min_score": -0.7`},
		"score of one":       {`"min_score": 0.7`, `"min_score": 1`},
		"score of no finder": {`"role": "landmarks",`, `"role": "landmarks", "min_score": 0.5,`},
		"bands of a finder":  {`"role": "detector",`, `"role": "detector", "bands": {"accept": 0.5, "review": 0.4},`},
		"bands missing":      {`"role": "embedding"`, `"role": "landmarks"`},
		"something follows":  {"\n}\n", "\n}\n{}"},
		"cut off":            {"\n}\n", "\n"},
		"not UTF-8":          {`bộ mẫu thử`, "b\xff"},
		"long note":          {`bộ mẫu thử`, strings.Repeat("a", 5000)},
		"long":               {"\n}\n", "\n}\n" + strings.Repeat(" ", pack.MaxManifest)},
		"deep":               {`"note": "bộ mẫu thử"`, `"note": ` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000)},
		"null":               {good, "null"},
		"a list":             {good, "[]"},
		"nothing":            {good, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(good, c.old) {
				t.Fatalf("no %s in %s", c.old, good)
			}
			m, err := pack.ParseManifest([]byte(strings.Replace(good, c.old, c.new, 1)))
			if !errors.Is(err, pack.ErrManifest) || !reflect.DeepEqual(m, pack.Manifest{}) {
				t.Errorf("%v, %+v", err, m)
			}
		})
	}
}

// TestManifestWritten: what is refused is not written either, and numbers that
// JSON cannot hold are refused.
func TestManifestWritten(t *testing.T) {
	m, err := pack.ParseManifest(raw(t))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := m.Marshal(); err != nil || !bytes.Equal(b, raw(t)) {
		t.Errorf("%v: %s", err, b)
	}
	m.Models[0].MinScore = math.NaN()
	if b, err := m.Marshal(); !errors.Is(err, pack.ErrManifest) || b != nil {
		t.Errorf("%v: %s", err, b)
	}
	m.Models[0].MinScore = 0
	for len(m.Models) <= pack.MaxModels {
		m.Models = append(m.Models, m.Models[0])
	}
	if _, err := m.Marshal(); !errors.Is(err, pack.ErrManifest) || !strings.Contains(err.Error(), "more than") {
		t.Error(err)
	}
}

// FuzzManifest: what is read is written and read again as the same.
func FuzzManifest(f *testing.F) {
	good := string(raw(f))
	f.Add([]byte(good))
	f.Add([]byte(strings.ReplaceAll(good, `"version"`, `"Version"`)))
	f.Add([]byte(`{"name":"a","version":"1","licence":"x","models":[{"role":"detector","name":"a","version":"1","kind":"k","file":"f",` +
		`"sha256":"` + strings.Repeat("00", 32) + `","licence":"x","source":"y"}],"texts":[{"file":"LICENSE","sha256":"` + strings.Repeat("ff", 32) + `"}]}`))
	f.Add([]byte(`{"name":"a","name":"b"}`))
	f.Add([]byte(`[[[[[[[[[[]]]]]]]]]]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := pack.ParseManifest(b)
		if err != nil {
			if !errors.Is(err, pack.ErrManifest) {
				t.Errorf("not an ErrManifest: %v", err)
			}
			return
		}
		written, err := m.Marshal()
		if err != nil {
			// Indented it may be longer than what was read.
			if len(b) < pack.MaxManifest/8 {
				t.Fatal(err)
			}
			return
		}
		again, err := pack.ParseManifest(written)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := again.Marshal()
		if err != nil || !bytes.Equal(written, twice) {
			t.Errorf("%v:\n%s\n%s", err, written, twice)
		}
	})
}
