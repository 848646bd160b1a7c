package faults_test

import "testing"

const stationID = "tram-thu-001"

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
