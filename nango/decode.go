package nango

import (
	"encoding/json"
	"net/http"

	"github.com/nango-go/sdk/internal/jsonx"
)

// decode returns what an operation answered, or an *Error. It takes both results of a generated method.
func decode[T any](resp *http.Response, err error) (*T, error) {
	return decodeWith[T](unmarshal, resp, err)
}

// unmarshal reads what it can of an answer. It saves a type that decodes itself the first look at the whole, which its own
// decoding repeats.
func unmarshal(data []byte, v any) error {
	if own, ok := v.(json.Unmarshaler); ok {
		return own.UnmarshalJSON(data)
	}
	return jsonx.UnmarshalLenient(data, v)
}

// decodeCaller decodes an answer that is of a type of the caller's.
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

// rawJSON returns the JSON of a success as it was sent, or an *Error. An answer that names no content type is taken for
// JSON; decoding will show whether it is.
func rawJSON(resp *http.Response, err error) ([]byte, error) {
	if err := done(resp, err); err != nil {
		return nil, err
	}
	data := kept(resp).data
	if contentType := mediaType(resp.Header); len(data) == 0 || contentType != "" && !isJSON(contentType) {
		return nil, notDecoded(resp, nil)
	}
	return data, nil
}

// done returns the *Error of an answer that is not a success, and nothing of one that is.
func done(resp *http.Response, err error) error {
	if err != nil {
		return err
	}
	if resp.StatusCode/100 == 2 {
		return nil
	}
	body := kept(resp)
	return answerError(callOf(resp.Request.Context()).op, resp, body.data, body.truncated)
}

// notDecoded returns the error of a success that is not the JSON that was due. The usual reason is a base URL that leads
// to something else: Nango's server gives its dashboard's page for every path that it does not know. cause is nil where
// the answer is no JSON at all.
func notDecoded(resp *http.Response, cause error) *Error {
	e := newError(callOf(resp.Request.Context()).op, resp.Request.Method)
	data := kept(resp).data
	e.StatusCode, e.Header = resp.StatusCode, resp.Header
	e.keepBody(data, false)
	e.bare, e.cause = true, cause
	if cause != nil {
		e.Message = cause.Error()
	} else {
		e.Message = describeAnswer(resp.Header, data) + ", where JSON is due: is the base URL right?"
	}
	return e
}
