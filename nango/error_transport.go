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

// attemptTimeout is the end of an attempt by its own limit, while the caller's context lives.
type attemptTimeout time.Duration

func (e attemptTimeout) Error() string { return "no response within " + time.Duration(e).String() }

// Is makes it a kind of deadline, as the time limits of packages net and os are.
func (e attemptTimeout) Is(target error) bool { return target == context.DeadlineExceeded }

// Timeout and Temporary make it a net.Error.
func (e attemptTimeout) Timeout() bool   { return true }
func (e attemptTimeout) Temporary() bool { return true }

// contextError is the end of the caller's context. It wraps the context's error and its cause.
type contextError struct{ err, cause error }

func contextEnd(ctx context.Context) error { return &contextError{ctx.Err(), context.Cause(ctx)} }

func (e *contextError) Error() string {
	if e.cause == e.err {
		return e.err.Error()
	}
	return e.err.Error() + ": " + e.cause.Error()
}

func (e *contextError) Unwrap() []error { return []error{e.err, e.cause} }

// bodyError returns the error of a success whose body could not be read to its end. It keeps what was read.
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

// transportError returns the error of an attempt that had no response, or only a part of one, which is resp then. req carries
// the context of the attempt.
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

// conceal returns an error of the network with a text that shows nothing of the request and the response. [errors.Is] and
// [errors.As] find what is behind it, and nothing that prints a chain does.
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

// isCertificate reports whether a TLS handshake failed for a certificate, of the server or of the client, which the next
// one would do as well.
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

// refusedConnect tells a CONNECT that an HTTP proxy refused by a transport without our hook: net/http's whole error is then
// the text of the status, which may be any. Its other errors without a connection have a type of their own or say whose they are.
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

// describe is the text of an error of the network. It is that of the kinds which name hosts, ports and certificates at most. Any
// other may quote the request, the response or a transport's own credentials, so that only its type is told; FullMessage has the rest.
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

// containsWord reports whether text containsWord word as a word of its own.
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
