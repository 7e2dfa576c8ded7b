package jsonx

//lint:file-ignore SA5008 odd tags are what these types are for
//lint:file-ignore U1000 unexported embedded fields too

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

type shout string // decodes from text

func (s *shout) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		return errors.New("nothing to shout")
	}
	*s = shout(strings.ToUpper(string(b)))
	return nil
}

type verbatim struct{ Raw string } // decodes itself

func (v *verbatim) UnmarshalJSON(b []byte) error {
	if string(b) == "13" {
		return errors.New("unlucky")
	}
	v.Raw = string(b)
	return nil
}

// newest decodes itself in the way of json/v2, which encoding/json knows only from Go 1.27 on.
type newest struct{ Raw string }

func (n *newest) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	raw, err := dec.ReadValue()
	n.Raw = "v2:" + string(raw)
	return err
}

type (
	Base     struct{ ID, Name string }
	Other    struct{ ID, Extra string }
	hidden   struct{ Seen int }
	untagged struct {
		ID        int
		FirstName string
		Active    *bool
		Nested    struct{ Deep []float64 }
	}
	tagged struct {
		ID    int64          `json:"id"`
		Big   uint64         `json:"big,omitempty"`
		Any   any            `json:"any"`
		Map   map[string]any `json:"map"`
		List  []any          `json:"list"`
		Num   json.Number    `json:"num"`
		Raw   json.RawMessage
		When  time.Time `json:"when,omitzero"`
		Bytes []byte    `json:"bytes"`
		Self  *tagged   `json:"self"`
	}
	conflict struct {
		Base
		Other
	}
	pointers struct {
		*Base
		Level int
	}
	lower    struct{ hidden }
	lowerPtr struct{ *hidden }
	renamed  struct {
		Base `json:"base"`
	}
	twoCases struct {
		Foo string `json:"foo"`
		FOO string
	}
	quotedAll struct {
		I int         `json:",string"`
		S string      `json:",string"`
		F *float64    `json:",string"`
		B bool        `json:",string"`
		N json.Number `json:",string"`
		A any         `json:",string"`
		T shout       `json:",string"`
	}
	oddTags struct {
		A int `json:"-,"`
		B int `json:"-"`
		C int `json:"c,omitEmpty"`
		D int `json:"d,case:ignore"`
		E int `json:"é"`
		F int `json:"it's"`
	}
	embedTag struct {
		Extra map[string]any `json:",embed"`
	}
	quoteTag struct {
		F int `json:"it's"`
	}
	smileTag struct {
		F int `json:"😀"`
	}
	named interface{}
)

type (
	text   string
	Words  string
	octet  byte
	loud   byte // a byte that decodes from text
	cyclic struct {
		A    int
		Next *cyclic
		M    map[string]cyclic
		S    []cyclic
	}
	looped struct {
		*looped
		A int
	}
	mixed struct {
		Base
		*Other
		hidden
		text
		*Words
		Score float64 `json:"score"`
	}
	promoted struct {
		verbatim
		A int
	}
)

func (l *loud) UnmarshalText(b []byte) error { *l = loud(len(b)); return nil }
