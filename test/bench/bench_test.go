// Package bench compares package nango with the same work in code written by hand with net/http and encoding/json, with
// the generated client, and with the official SDK for Node. The variable rows is its table. The rows in memory measure the
// work on this side alone. For the others, a server runs on the same machine, in a process of its own.
//
//	make bench        # prints the table, and writes it with a picture to docs
//	make bench-node   # the same beside Node
package bench

import (
	"strings"
	"testing"
	"time"
)

// row is a row of the table. Its sides do the same work.
type row struct {
	name  string
	sides []side
	peak  bool // the largest memory of the process is of interest, too
}

// side is one way to do the work of a row: setup returns the work, which checks its result.
type side struct {
	name   string
	setup  func(testing.TB) func() error
	budget float64 // the most allocations; 0 if they are not checked
}

func hand(setup work) side      { return side{name: "by hand", setup: setup} }
func generated(setup work) side { return side{name: "generated client", setup: setup} }
func ours(setup work) side      { return side{name: "nango", setup: setup} }

// atMost gives a side a budget of allocations. For ours, that is a test.
func (s side) atMost(allocations float64) side { s.budget = allocations; return s }

// rows is the table. To add a row, add a line.
var rows = []row{
	{"one call, in memory", []side{hand(getByHand(inMemory)), generated(getGenerated(inMemory)), ours(get(inMemory)).atMost(106)}, false},
	{"one call", []side{hand(getByHand(overHTTP)), generated(getGenerated(overHTTP)), ours(get(overHTTP)), node("get", overHTTP)}, false},
	{"a token", []side{hand(tokenByHand(overHTTP)), ours(token(overHTTP, 0)), {"nango, from its cache", token(inMemory, time.Minute), 4}, node("token", overHTTP)}, false},
	{"100 connections", []side{hand(listByHand(overHTTP)), generated(listGenerated(overHTTP)), ours(list(overHTTP)), node("list", overHTTP)}, false},
	{"1000 records, in memory", []side{hand(pageByHand[plainRecord]), generated(pageGenerated), ours(page[issue]).atMost(6200)}, false},
	{"1000 records as maps, in memory", []side{hand(pageByHand[map[string]any]), ours(page[map[string]any]).atMost(49_500)}, false},
	{"100 000 records", []side{hand(recordsByHand(overHTTP)), generated(recordsGenerated(overHTTP)), ours(records(overHTTP)), node("records", overHTTP)}, true},
	{"100 000 records, 20 ms a page", []side{hand(recordsByHand(slowHTTP)), {"the network alone", pagesAlone(slowHTTP), 0}, ours(records(slowHTTP)), node("records", slowHTTP)}, true},
	{"64 MB through the proxy", []side{hand(proxyByHand(overHTTP)), ours(proxy(overHTTP)), node("proxy", overHTTP)}, true},
	{"a webhook of a sync, in memory", []side{hand(receiveSyncByHand), ours(receiveSync).atMost(28), node("webhook", overHTTP)}, false},
	{"a webhook of a connection, in memory", []side{hand(receiveAuthByHand), ours(receiveAuth).atMost(41)}, false},
}

func BenchmarkTable(b *testing.B) {
	for _, row := range rows {
		for _, side := range row.sides {
			if side.setup == nil {
				continue // Node, if it is not here
			}
			b.Run(strings.ReplaceAll(row.name+"/"+side.name, " ", "_"), func(b *testing.B) {
				work := side.setup(b)
				if side.name != nodeSide {
					b.ReportAllocs()
				}
				report := watchPeak(b, row.peak && side.name != nodeSide)
				for b.Loop() {
					if err := work(); err != nil {
						b.Fatal(err)
					}
				}
				report()
			})
		}
	}
}

// TestTable does each work once, except the long ones.
func TestTable(t *testing.T) {
	for _, row := range rows {
		for _, side := range row.sides {
			if row.peak || side.setup == nil {
				continue
			}
			t.Run(row.name+", "+side.name, func(t *testing.T) {
				if err := side.setup(t)(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
