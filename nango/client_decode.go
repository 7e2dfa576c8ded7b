package nango

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/jsonx"
)

// decode returns what the response of an operation holds, or an *Error. It takes both results of a generated method.
func decode[T any](resp *http.Response, err error) (*T, error) {
	return decodeWith[T](unmarshal, resp, err)
}

// decodeData is decode for the many responses that have their value under the key data. One without it is an error, so that no
// nil gets out.
func decodeData[T any](resp *http.Response, err error) (T, error) {
	out, err := decode[struct {
		Data *T `json:"data"`
	}](resp, err)
	if err != nil {
		return *new(T), err
	}
	if out.Data == nil {
		return *new(T), notDecoded(resp, errors.New("the response has no data"))
	}
	return *out.Data, nil
}

// unmarshal reads what it can of a response. It saves a type that decodes itself the first look at the whole, which its own
// decoding repeats.
func unmarshal(data []byte, v any) error {
	if own, ok := v.(json.Unmarshaler); ok {
		return own.UnmarshalJSON(data)
	}
	return jsonx.UnmarshalLenient(data, v)
}

// decodeCaller decodes a response that is of a type of the caller's.
func decodeCaller[T any](resp *http.Response, err error) (*T, error) {
	return decodeWith[T](jsonx.UnmarshalCaller, resp, err)
}

func decodeWith[T any](decode func([]byte, any) error, resp *http.Response, err error) (*T, error) {
	data, err := rawJSON(resp, err)
	if err != nil {
		return nil, err
	}
	v := new(T)
	if err := decode(data, v); err != nil {
		return nil, notDecoded(resp, err)
	}
	return v, nil
}

// rawJSON returns the JSON of a success as it was sent, or an *Error.
func rawJSON(resp *http.Response, err error) ([]byte, error) {
	if err := checkResponse(resp, err); err != nil {
		return nil, err
	}
	return bodyOf(resp).data, nil
}

// checkResponse returns the *Error of a response that is not a success, and nothing of one that is: a 2xx whose body has all that is
// essential to the operation, whatever content type it names.
func checkResponse(resp *http.Response, err error) error {
	if err != nil {
		return err
	}
	call, body := callOf(resp.Request.Context()), bodyOf(resp)
	op := call.op
	if call.response != nil {
		return call.response
	}
	if body.deleted {
		return nil
	}
	if op.Success.Kind == gen.ShapeEmpty {
		if len(body.data) == 0 {
			return nil
		}
		return notDecoded(resp, errUnexpectedBody)
	}
	if len(body.data) == 0 {
		return notDecoded(resp, nil)
	}
	cause := jsonx.CheckShape(body.data, &op.Success)
	if cause == nil {
		return nil
	}
	_, lacks := cause.(*jsonx.ShapeError)
	if !lacks && (!isJSON(mediaType(resp.Header)) || encodingOf(resp.Header) != "") {
		return notDecoded(resp, nil)
	}
	return notDecoded(resp, cause)
}

var errUnexpectedBody = errors.New("the response has a body, where none is due")

// notDecoded returns the error of a success that is not the JSON that was due. The usual reason is a base URL that leads
// to something else: Nango's server gives its dashboard's page for every path that it does not know. cause is nil where
// the response is no JSON at all.
func notDecoded(resp *http.Response, cause error) *Error {
	e := newError(resp.Request, resp)
	data := bodyOf(resp).data
	e.keepBody(data, false)
	e.keepCause(cause)
	e.foreign = true
	var said Error
	_, lacks := cause.(*jsonx.ShapeError)
	switch lacks = lacks || cause == errUnexpectedBody; {
	case cause == nil && encodingOf(resp.Header) != "":
		e.say(describeResponse(resp.Header, data))
	case cause == nil:
		e.say(describeResponse(resp.Header, data) + ", where JSON is due: is the base URL right?")
	case lacks && isErrorAlone(data) && said.readEnvelope(data):
		e.Code = e.shown(said.Code, maxCode)
		e.say("the response is an error under a status of success: " + said.FullMessage())
	case lacks:
		e.say(cause.Error() + ": is the base URL right?")
	default:
		e.say(cause.Error())
	}
	return e
}

// isErrorAlone reports whether a body is an object with the key error and no other.
func isErrorAlone(body []byte) bool {
	var keys map[string]json.RawMessage
	return jsonx.Unmarshal(body, &keys) == nil && len(keys) == 1 && keys["error"] != nil
}
