package jsonx

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
)

// listing is a page of 100 records in the shape that GET /records responds with.
func listing() []byte {
	var b bytes.Buffer
	b.WriteString(`{"next_cursor":"MjAyNi0xMS0yMlQxMzozMDoxNS43MjgyODkrMDA6MDB8fDYwMWMxMTc5","records":[`)
	for i := range 100 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"item-%03d","title":"Item %d","count":%d,"tags":["t%d"],"nested":{"a":%t,"b":null},"createdAt":"2026-01-01T00:00:00.000Z",`+
			`"_nango_metadata":{"first_seen_at":"2026-11-22T13:30:15.728289+00:00","last_modified_at":"2026-11-22T13:30:15.728289+00:00","last_action":"ADDED",`+
			`"deleted_at":null,"pruned_at":null,"cursor":"MjAyNi0xMS0yMlQxMzozMDoxNS43MjgyODkrMDA6MDB8fDM2MWQzOWJjLWJkZTktNWZkMS1iYzc4LWUyYmRkMmE1YWQzNQ=="}}`, i, i, i, i%3, i%2 == 0)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

type page[T any] struct {
	Records    []T    `json:"records"`
	NextCursor string `json:"next_cursor"`
}

type item struct {
	ID        string   `json:"id"`
	Title     string   `json:"title"`
	Count     int      `json:"count"`
	Tags      []string `json:"tags"`
	CreatedAt string   `json:"createdAt"`
	Nested    struct {
		A bool    `json:"a"`
		B *string `json:"b"`
	} `json:"nested"`
}

type looseItem struct {
	ID     string
	Title  string
	Nested any
}

func BenchmarkUnmarshalCaller(b *testing.B) {
	benchmarkTarget[page[item]](b, "struct")
	benchmarkTarget[page[looseItem]](b, "struct with any")
	benchmarkTarget[page[map[string]any]](b, "map")
	benchmarkTarget[page[json.RawMessage]](b, "raw")
}

func benchmarkTarget[T any](b *testing.B, name string) {
	doc := listing()
	for _, side := range []struct {
		name   string
		decode func([]byte, any) error
	}{{"jsonx", UnmarshalCaller}, {"encoding-json", json.Unmarshal}, {"encoding-json-UseNumber", standard}} {
		b.Run(name+"/"+side.name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				if err := side.decode(doc, new(T)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkUnmarshalLenient shows what the forgiving way costs: nothing where it is not needed.
func BenchmarkUnmarshalLenient(b *testing.B) {
	good := listing()
	odd := bytes.Replace(good, []byte(`"title":"Item 50"`), []byte(`"title":50`), 1)
	for _, side := range []struct {
		name   string
		doc    []byte
		decode func([]byte, any) error
	}{{"strict", good, Unmarshal}, {"good", good, UnmarshalLenient}, {"odd", odd, UnmarshalLenient}} {
		b.Run(side.name, func(b *testing.B) {
			b.SetBytes(int64(len(side.doc)))
			b.ReportAllocs()
			for b.Loop() {
				if err := side.decode(side.doc, new(page[item])); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
