package main

import (
	"os"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if os.Getenv(workerID) != "" {
		main() // a process of TestProof
		return
	}
	os.Exit(m.Run())
}

// What "make ingest" runs, but smaller and without the rates.
func TestProof(t *testing.T) {
	p := plan{
		connections: 10, records: 500, workers: 3, kills: 20, chaos: 15 * time.Second, settle: time.Minute, seed: 1,
		out: t.Output(),
	}
	if err := p.run(t.Context()); err != nil {
		t.Fatal(err)
	}
}
