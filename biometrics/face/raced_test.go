//go:build race

package face_test

// raced says that the race detector slows everything down: fewer pictures then.
const raced = true
