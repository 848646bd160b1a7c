package uplink

import (
	"context"
	"sync"
)

// Watched has seen told how many bytes of a dossier's parts the gateway has:
// once what is missing is known, and after each part that arrived.
func Watched(ctx context.Context, seen func(there int64)) context.Context {
	return context.WithValue(ctx, watchKey, seen)
}

// watch tells whoever watches of what is there, and returns what is to be
// called for each part that arrives; parts arrive side by side.
func watch(ctx context.Context, there int64) (arrived func(int64)) {
	seen, ok := ctx.Value(watchKey).(func(int64))
	if !ok {
		return func(int64) {}
	}
	seen(there)
	var mu sync.Mutex
	return func(n int64) {
		mu.Lock()
		defer mu.Unlock()
		there += n
		seen(there)
	}
}
