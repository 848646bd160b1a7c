package offline

import (
	"errors"
	"io/fs"

	"github.com/tram-station/tram/offline/envelope"
)

// Documents lists what the central's catalogue names of a kind, also what is not
// in force yet; nothing where there is no catalogue. Its signature was verified,
// the documents themselves were not read: Document does that.
func (o *Outbox) Documents(kind string) ([]envelope.Item, error) {
	list, err := o.catalogue(kind + listExt)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var items []envelope.Item
	for _, item := range list.Items {
		if item.Kind == kind {
			items = append(items, item)
		}
	}
	return items, nil
}
