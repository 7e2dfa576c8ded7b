package reqschema

import "github.com/nango-go/sdk/internal/release"

// Operation is what the server checks of one operation's requests.
type Operation struct {
	ID     string
	Path   *Schema // nil without parameters in the path
	Header *Schema // names in lower case; nil where no header is read
	Query  *Schema // nil where the server ignores the query; without fields it must be empty
	Body   *Schema // nil where the server ignores the body, or takes any
	// Bodiless operations want no body, or an empty object, which is what Body says of one.
	Bodiless bool
}

// Schema is what the server checks of one value. Fields that do not belong to the kind are empty.
type Schema struct {
	Kind     Kind
	Null     bool     // null is taken
	Coerce   bool     // the value is turned into the kind first, the way JavaScript does
	Int      bool     // Number: without a fraction
	Min, Max *float64 // String and List: of the length; Number: of the value
	Format   string   // String: email, uri, utc-time or uuid
	Patterns []string // String: all must match
	Enum     []any    // Enum
	Fields   []Field  // Object, in the order in which they are checked
	Closed   bool     // Object: no other keys
	Items    *Schema  // List, CommaList and Map; nil for anything
	Keys     string   // Map: the pattern of its keys
	Union    []*Schema
	By       string   // Union: the key that tells which of the schemas is meant
	Not      *Schema  // a value that this takes is refused
	Rules    []string // further rules, in rules
	Code     string   // of the one item that stands for all that is wrong
	Message  string   // of items about the value itself
}

// Field is one key of an object, or one form of a parameter of the path.
type Field struct {
	Name     string
	Required bool
	Unless   string // the key in whose presence this one is not required
	Schema   *Schema

	Of string       // the parameter of which this is one form
	In release.Span // the releases that know the form
}

// Kind is how the server goes about a value.
type Kind int

// Any takes every value. A Flag is a boolean written as text, a Date whatever JavaScript makes a date of, a CommaList a text
// that is split at commas, a Map an object whose keys are not known.
const (
	Any Kind = iota
	String
	Number
	Boolean
	Flag
	Date
	Enum
	Object
	Map
	List
	CommaList
	Union
)

// nothing is what an operation without parameters in its query takes, and one without a body. The table refers to it.
var nothing = Schema{Kind: Object, Closed: true}
