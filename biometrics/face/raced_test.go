//go:build realparts && race

package face_test

// raced says that the race detector slows everything down: fewer people.
const raced = true
