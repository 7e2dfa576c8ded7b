package nangotest

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"time"
)

// object is a JSON object.
type object = map[string]any

// encode writes JSON as JavaScript does: nothing is escaped for HTML's sake. What is encoded is the server's own or was
// decoded from JSON.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// decodeAny decodes JSON and keeps numbers as they are written.
func decodeAny(text []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		misuse("this is no JSON: %v", err)
	}
	return v
}

// decodeObject decodes a JSON object; nothing at all is the empty one.
func decodeObject(text []byte) object {
	if len(text) == 0 {
		return object{}
	}
	o, ok := decodeAny(text).(object)
	if !ok {
		misuse("this is no JSON object")
	}
	return o
}

// toJSON makes of a value of the test's own what its JSON says to the server.
func toJSON(v any) any { return decodeAny(throughJS(v)) }

// clone copies JSON, so that nothing of it is shared.
func clone(o object) object { return decodeObject(encode(o)) }

func textOf(v any) string {
	text, _ := v.(string)
	return text
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func orNullText(text json.RawMessage) json.RawMessage {
	if text == nil {
		return json.RawMessage("null")
	}
	return text
}

// texts makes a list that shows as [] where there is none.
func texts(list []string) []string { return append([]string{}, list...) }

// timestamps of the three flavours that the server has.
func zulu(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func offset(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000") + "+00:00" }

func postgres(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999") + "+00:00" }

// milliseconds cuts a time as JavaScript's dates do.
func milliseconds(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// wire is a map of texts as a request holds it.
func wire(texts map[string]string) object {
	out := object{}
	for key, text := range texts {
		out[key] = text
	}
	return out
}

func lowerKeys(tags map[string]string) map[string]string {
	lower := map[string]string{}
	for key, value := range tags {
		lower[strings.ToLower(key)] = value
	}
	return lower
}

// merge puts texts of the caller's over those that were made.
func merge(made, given map[string]string) map[string]string {
	merged := map[string]string{}
	maps.Copy(merged, made)
	maps.Copy(merged, given)
	return merged
}

// truncated cuts a text to what a tag's value can hold.
func truncated(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}
