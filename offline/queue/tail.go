package queue

import (
	"bytes"
	"errors"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/blob"
	"github.com/tram-station/tram/offline/envelope"
)

// tail is what the file of a dossier carries behind its sealed bytes: all that
// the index knows of it when it is stored, so that a lost index costs no dossier
// that waits. It is synced with the file, and gone with it.
func tail(e Entry) ([]byte, error) {
	if e.State == 0 {
		e.State = Sealed
	}
	record, err := frame(e.ID[:], e)
	if err != nil {
		return nil, err
	}
	return append(bytes.Clone(e.ID[:]), record...), nil
}

// tailOf reads the tail of a file; the error is blob.ErrTail when it has none
// that is whole and its own.
func (q *Queue) tailOf(d envelope.Digest) (Entry, error) {
	raw, size, err := q.files.Tail(d)
	if err != nil {
		return Entry{}, err
	}
	return parseTail(d, raw, size)
}

func parseTail(d envelope.Digest, raw []byte, size int64) (e Entry, err error) {
	n := len(uuid.UUID{})
	if len(raw) < n || unframe(raw[:n], raw[n:], &e) != nil || e.ID != uuid.UUID(raw[:n]) {
		return Entry{}, blob.ErrTail
	}
	m, err := envelope.ParseManifest(e.Manifest)
	if err != nil {
		return Entry{}, errors.Join(blob.ErrTail, err)
	}
	digests, _ := m.Chunks()
	if e.Blob != d || blob.Name(digests) != d || m.Size() != size || e.Size != size ||
		m.Digest != e.Digest || m.Dossier != e.ID || m.Sequence != e.Sequence {
		return Entry{}, blob.ErrTail
	}
	return e, nil
}

// verifyTail checks the tail of a waiting entry's file. A file of an earlier
// version has none.
func (q *Queue) verifyTail(r *Report, e Entry) {
	size, err := q.files.Size(e.Blob)
	if err != nil || size == e.Size {
		return // a missing file is named by its chunks
	}
	if _, err := q.tailOf(e.Blob); errors.Is(err, blob.ErrTail) {
		r.add(e.ID, "%v: the dossier is whole, but would be lost with the index", err)
	}
}
