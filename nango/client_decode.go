package nango

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/jsonx"
)

// decode returns the decoded response of an operation, or an *Error. Its parameters are the two results of a generated
// method.
func decode[T any](resp *http.Response, err error) (*T, error) {
	return decodeWith[T](unmarshal, resp, err)
}

// decodeData is decode for the many responses that have their value under the key data. If data is missing, it returns
// an error and never a nil value.
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

// unmarshal decodes as much of a response as possible. If the type decodes itself, unmarshal calls its method directly,
// because json would scan the whole data twice.
func unmarshal(data []byte, v any) error {
	if own, ok := v.(json.Unmarshaler); ok {
		return own.UnmarshalJSON(data)
	}
	return jsonx.UnmarshalLenient(data, v)
}

// decodeCaller decodes a response into a type of the caller.
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

// rawJSON returns the JSON of a success exactly as the server sent it, or an *Error.
func rawJSON(resp *http.Response, err error) ([]byte, error) {
	if err := checkResponse(resp, err); err != nil {
		return nil, err
	}
	return bodyOf(resp).data, nil
}

// checkResponse returns an *Error if the response is not a success, and nil if it is. A success is a 2xx whose body has
// everything that is essential to the operation. The content type does not matter.
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

// notDecoded returns the error of a 2xx whose body is not the expected JSON. The usual reason is a base URL that leads
// to something else: Nango's server sends the page of its dashboard for every path that it does not know. If the
// response is not JSON at all, cause is nil.
func notDecoded(resp *http.Response, cause error) *Error {
	e := newError(resp.Request, resp)
	data := bodyOf(resp).data
	e.keepBody(data, false)
	e.keepCause(cause)
	e.foreign = true
	var inner Error
	_, lacks := cause.(*jsonx.ShapeError)
	switch lacks = lacks || cause == errUnexpectedBody; {
	case cause == nil && encodingOf(resp.Header) != "":
		e.setMessage(describeResponse(resp.Header, data))
	case cause == nil:
		e.setMessage(describeResponse(resp.Header, data) + ", where JSON is due: is the base URL right?")
		e.Since = sinceFor(e, callOf(resp.Request.Context()).op)
	case lacks && isErrorAlone(data) && inner.readEnvelope(data):
		e.Code = e.shown(inner.Code, maxCode)
		e.setMessage("the response is an error under a status of success: " + inner.FullMessage())
	case lacks:
		e.setMessage(cause.Error() + ": is the base URL right?")
	default:
		e.setMessage(cause.Error())
	}
	return e
}

// isErrorAlone reports whether a body is an object with the key error and no other.
func isErrorAlone(body []byte) bool {
	var keys map[string]json.RawMessage
	return jsonx.Unmarshal(body, &keys) == nil && len(keys) == 1 && keys["error"] != nil
}
