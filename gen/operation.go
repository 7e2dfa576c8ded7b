package gen

// OperationID names an operation as the document does, such as "getConnection". There is a constant for each.
type OperationID string

// Operation is what a client must know about one operation before it sends a request and when the response is there.
type Operation struct {
	ID      OperationID
	Method  string       // the HTTP method
	Path    string       // the path template, such as /connections/{connectionId}
	Scopes  []string     // API-key scopes, any one of which is enough; none where the operation needs none
	Retry   RetryClass   // when the request may be sent again
	Timeout TimeoutClass // how long one attempt may take
	Auth    AuthKind     // which kind of token it takes
	Proxied bool         // whether a provider responds, and not Nango
	Gone    []string     // codes that say that there is nothing left to delete, beside those of a 404
	Success Shape        // what the body of a success has to be

	// Since and Until are the first and the last release of Nango that has the operation; empty where that is open.
	Since, Until string
	// Declared says that no recording shows the operation: it is known from the sources of a release.
	Declared bool
}

// RetryClass says when a request may be sent again. It follows what the operation does, not its method.
type RetryClass string

const (
	// RetryAlways: doing it twice is the same as doing it once.
	RetryAlways RetryClass = "always"
	// RetryRateLimitOnly: only when the server is known not to have begun, as after a 429 or a failed dial.
	RetryRateLimitOnly RetryClass = "rate-limit-only"
	// RetryNever: the request is sent once.
	RetryNever RetryClass = "never"
)

// TimeoutClass says how long one attempt may take.
type TimeoutClass string

const (
	// TimeoutShort: the server responds within seconds.
	TimeoutShort TimeoutClass = "short"
	// TimeoutJob: the server compiles or deploys before it responds, which takes minutes.
	TimeoutJob TimeoutClass = "job"
	// TimeoutNone: the response waits for somebody else's code or server, so that only the caller can bound it.
	TimeoutNone TimeoutClass = "none"
)

// AuthKind is the kind of bearer token that an operation takes.
type AuthKind string

const (
	// AuthKey is an API key of one environment.
	AuthKey AuthKind = "key"
	// AuthAccountKey is an API key of the account.
	AuthAccountKey AuthKind = "account-key"
	// AuthSession is the token of a connect session.
	AuthSession AuthKind = "session"
)

// Shape is what a JSON value of a response has to be, as far as it is worthless otherwise. It is made of the document's
// x-essential keys and says much less than its schemas: other servers leave much out.
type Shape struct {
	Kind  ShapeKind
	Keys  []Key   // of an object
	Items *Shape  // of a list
	OneOf []Shape // where there are alternatives
}

// Key is a key that an object must have.
type Key struct {
	Name  string
	Shape Shape
}

// ShapeKind is the kind of a value.
type ShapeKind string

const (
	// ShapeAny is any JSON.
	ShapeAny ShapeKind = ""
	// ShapeEmpty is no body at all.
	ShapeEmpty ShapeKind = "empty"
	// ShapeObject is an object with the essential keys.
	ShapeObject ShapeKind = "object"
	// ShapeList is a list, every item of the given shape.
	ShapeList ShapeKind = "list"
	// ShapeText is a string that is not empty, or a number in its place, as some servers write ids.
	ShapeText ShapeKind = "text"
	// ShapeTime is a date and time.
	ShapeTime ShapeKind = "time"
	// ShapeNumber is a number, or a string that holds one.
	ShapeNumber ShapeKind = "number"
	// ShapeFlag is true or false.
	ShapeFlag ShapeKind = "flag"
	// ShapeTrue is true.
	ShapeTrue ShapeKind = "true"
	// ShapeOneOf is a value of one of several shapes.
	ShapeOneOf ShapeKind = "one of"
)
