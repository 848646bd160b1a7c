// Package finger judges fingerprints and says whose they are not: how good a
// print is and why not, where the fingers of a slap lie, which of a person's
// prints are one finger, and what of a print is stored.
package finger
