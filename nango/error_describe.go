package nango

import (
	"net/http"
	"slices"
	"strings"

	"github.com/nango-go/sdk/internal/jsonx"
)

// describeResponse describes a response that could not be read. It shows a value of a header only if it is a known
// word.
func describeResponse(header http.Header, body []byte) string {
	contentType := mediaType(header)
	switch valid := jsonx.Valid(body); {
	case len(body) == 0:
		return "the response is empty"
	case !valid && encodingOf(header) != "":
		return "the response is encoded as " + encodingOf(header) + ", which nothing on the way unpacked"
	case valid || isJSON(contentType):
		return "the response is JSON of an unknown shape, or cut short"
	case contentType == "":
		return "the response is not JSON and has no content type"
	case knownType(contentType):
		return "the response is not JSON but " + contentType
	default:
		return "the response is not JSON, and of another content type"
	}
}

// mediaType returns the content type without its parameters.
func mediaType(header http.Header) string {
	name, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(name))
}

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

var knownTypes = []string{
	"text/html", "text/plain", "text/xml", "text/csv", "text/css", "text/javascript", "text/markdown", "text/event-stream", "text/calendar",
	"application/xml", "application/xhtml+xml", "application/atom+xml", "application/rss+xml", "application/soap+xml", "application/javascript",
	"application/octet-stream", "application/pdf", "application/zip", "application/gzip", "application/x-ndjson", "application/x-yaml",
	"application/yaml", "application/x-www-form-urlencoded", "application/x-protobuf", "application/protobuf", "application/grpc",
	"application/msgpack", "application/x-msgpack", "application/cbor", "multipart/form-data", "multipart/mixed",
	"image/png", "image/jpeg", "image/gif", "image/svg+xml", "image/webp", "audio/mpeg", "video/mp4", "binary/octet-stream",
}

func knownType(mediaType string) bool { return slices.Contains(knownTypes, mediaType) }

var knownEncodings = []string{"br", "gzip", "x-gzip", "deflate", "zstd", "compress", "x-compress", "aes128gcm", "dcb", "dcz", "exi", "lz4", "snappy"}

// encodingOf names the encodings that the body still has, or returns "" if there is none.
func encodingOf(header http.Header) string {
	var names []string
	for name := range strings.SplitSeq(strings.Join(header.Values("Content-Encoding"), ","), ",") {
		switch name = strings.ToLower(strings.TrimSpace(name)); {
		case name == "" || name == "identity":
		case slices.Contains(knownEncodings, name):
			names = append(names, name)
		default:
			names = append(names, "something unknown")
		}
	}
	return strings.Join(names, " and ")
}
