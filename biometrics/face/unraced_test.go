//go:build realparts && !race

package face_test

const raced = false
