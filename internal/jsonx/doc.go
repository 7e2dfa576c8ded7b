// Package jsonx is the one place where the SDK reads and writes JSON, and the only importer of
// the json/v2 mirror github.com/go-json-experiment/json.
//
// Two audiences, two rules. The SDK's own tagged types decode with [Unmarshal]: exact keys,
// unknown keys ignored, and nothing that a server may do without harm (a key twice, text that is
// not valid UTF-8) fails a response. Types that belong to callers decode with [UnmarshalCaller]:
// as encoding/json would, so that a type that works there works here, only faster. Both give a
// number that lands in an interface as encoding/json's Number, because identifiers beyond 2^53 are
// ordinary in provider data and a float64 would round them.
//
// A field tagged `json:",embed"` of type map[string]json.RawMessage collects the keys that no
// other field of an SDK type claims. encoding/json before Go 1.27 does not know that option, so a
// type that has such a field and is meant to be encoded needs a MarshalJSON of its own.
//
// Every error of this package is safe to log: it names Go types, fields of theirs, indices and
// offsets, never a key or a value of the document, which may be a token; the key of a map is a *.
// For the same reason errors.As reaches nothing behind it; errors.Is does, and finds
// io.ErrUnexpectedEOF when a document is cut short.
//
// A [Scanner] only finds where values begin and end, for responses of which each part is decoded by itself.
//
// A byte order mark before a document is read over.
package jsonx
