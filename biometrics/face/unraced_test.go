//go:build !race

package face_test

const raced = false
