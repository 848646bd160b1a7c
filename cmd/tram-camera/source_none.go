//go:build !opencv

package main

func openSource(options) (source, error) { return nil, errNoOpenCV }
