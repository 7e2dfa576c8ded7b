package nango

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// attemptTimeout is the error of an attempt that reached its own limit, while the caller's context has not ended.
type attemptTimeout time.Duration

func (e attemptTimeout) Error() string { return "no response within " + time.Duration(e).String() }

// Is makes it match context.DeadlineExceeded, like the time limits of packages net and os.
func (e attemptTimeout) Is(target error) bool { return target == context.DeadlineExceeded }

// Timeout and Temporary make it a net.Error.
func (e attemptTimeout) Timeout() bool   { return true }
func (e attemptTimeout) Temporary() bool { return true }

// contextError is the error of a call whose context ended. It wraps the context's error and its cause.
type contextError struct{ err, cause error }

func contextEnd(ctx context.Context) error { return &contextError{ctx.Err(), context.Cause(ctx)} }

func (e *contextError) Error() string {
	if e.cause == e.err {
		return e.err.Error()
	}
	return e.err.Error() + ": " + e.cause.Error()
}

func (e *contextError) Unwrap() []error { return []error{e.err, e.cause} }

// Timeout is for url.Error, which asks only the error directly below it.
func (e *contextError) Timeout() bool { return isTimeout(e.err) }

// isTimeout reports whether an error comes from a time limit.
func isTimeout(err error) bool {
	limit, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && limit.Timeout()
}

// bodyError returns the error of a success whose body could not be read to its end. It stores what was read.
func bodyError(req *http.Request, resp *http.Response, err error) *Error {
	body := bodyOf(resp).data
	if long, ok := err.(tooLong); ok {
		e := notDecoded(resp, long)
		e.keepBody(body, true)
		e.setMessage(e.Message + "; WithMaxResponseBytes changes that")
		return e
	}
	e := transportError(req, resp, err)
	e.keepBody(body, true)
	e.brokeOff = true
	return e
}

// transportError returns the error of an attempt that had no response, or only a part of one. In that case resp is that
// part. req carries the context of the attempt.
func transportError(req *http.Request, resp *http.Response, err error) *Error {
	e := newError(req, resp)
	e.foreign = resp != nil
	for {
		wrapped, ok := err.(*url.Error)
		if !ok {
			break
		}
		err = wrapped.Err // url.Error shows the whole URL
	}
	ctx := req.Context()
	switch limit, ok := context.Cause(ctx).(attemptTimeout); {
	case ok:
		e.keepCause(limit)
		e.setMessage(limit.Error())
	case ctx.Err() != nil:
		end := contextEnd(ctx)
		e.keepCause(end)
		e.setMessage(end.Error())
	default:
		if text, ok := refusedConnect(req, err); ok {
			err = text
		}
		e.setMessage(describe(err))
		e.keepCause(conceal(e.Message, err))
		e.keepMessage(err.Error())
	}
	return e
}

// conceal returns an error with another text, which shows nothing of the request and the response. [errors.Is] and
// [errors.As] find the cause. Code that prints the chain of errors does not.
func conceal(text string, cause error) error {
	if text == cause.Error() {
		return cause
	}
	return &concealedError{text, func() error { return cause }}
}

type concealedError struct {
	text  string
	cause func() error
}

func (e *concealedError) Error() string { return e.text }

func (e *concealedError) Is(target error) bool { return errors.Is(e.cause(), target) }

func (e *concealedError) As(target any) bool { return errors.As(e.cause(), target) }

// connectRefused is the status with which an HTTP proxy on the way refused the connection to the server.
type connectRefused string

func (e connectRefused) Error() string {
	return "the HTTP proxy on the way refused the connection: " + string(e)
}

// isCertificate reports whether a TLS handshake failed because of a certificate, of the server or of the client. The
// next handshake would fail for the same reason.
func isCertificate(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "remote error" && strings.Contains(op.Err.Error(), "certificate")
}

// refusedConnect recognises a CONNECT that an HTTP proxy refused, if the transport does not have our hook. The error of
// net/http is then only the text of the status, which can be any text. Its other errors without a connection have their
// own type, or a prefix that names their package.
func refusedConnect(req *http.Request, err error) (connectRefused, bool) {
	state := attemptOf(req.Context())
	if req.URL.Scheme != "https" || state == nil || !state.asked.Load() || state.got.Load() || reflect.TypeOf(err) != plainError {
		return "", false
	}
	text := err.Error()
	for _, prefix := range []string{"tls: ", "http: ", "http2: ", "net/http: ", "x509: ", "crypto/", "socks "} {
		if strings.HasPrefix(text, prefix) {
			return "", false
		}
	}
	return connectRefused(printable(text, maxCode)), true
}

var plainError = reflect.TypeOf(errors.New(""))

// describe returns the text of a network error. It uses the error's own text only for kinds that show at most hosts,
// ports and certificates. Any other error may quote the request, the response or the credentials of the transport, so
// describe shows only its type. FullMessage returns the rest.
func describe(err error) string {
	switch err {
	case io.EOF:
		return "the server closed the connection without a response"
	case io.ErrUnexpectedEOF:
		return "the response was cut short"
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e.Error()
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return e.Error()
	}
	if e, ok := errors.AsType[connectRefused](err); ok {
		return e.Error()
	}
	if e, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return e.Error()
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return http.ErrSchemeMismatch.Error()
	}
	if _, ok := errors.AsType[textproto.ProtocolError](err); ok {
		return "a header of the response is malformed"
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return fmt.Sprintf("the transport gave up waiting (%T)", e)
	}
	return fmt.Sprintf("the request failed (%T, see FullMessage)", err)
}

// containsWord reports whether text contains word, with no letter or digit directly before or after it.
func containsWord(text, word string) bool {
	for rest := text; word != ""; {
		i := strings.Index(rest, word)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(rest[:i])
		after, _ := utf8.DecodeRuneInString(rest[i+len(word):])
		if !wordRune(before) && !wordRune(after) {
			return true
		}
		rest = rest[i+len(word):]
	}
	return false
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
