package doctor

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"syscall"

	"github.com/nango-go/sdk/gen"
)

// nowhere is the id of what does not exist, wherever a request needs an id.
const (
	nowhere     = "nango-go-doctor"
	nowhereUUID = "00000000-0000-4000-8000-000000000000"
)

// maxBody is how much of a body is looked at.
const maxBody = 64 << 10

// response is what a check looks at.
type response struct {
	status        int
	header        http.Header
	body          []byte
	code, message string // of Nango's error; code is empty if the body is none
}

// send makes a request of the generated client, which returns each response as it is, and reads the response.
func (r *run) send(ctx context.Context, request func(context.Context, *gen.Client) (*http.Response, error)) (*response, error) {
	resp, err := request(ctx, r.client.Generated())
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil, err
	}
	got := &response{status: resp.StatusCode, header: resp.Header, body: body}
	var envelope struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &envelope) == nil {
		got.code, got.message = codeOf(envelope.Error.Code), envelope.Error.Message
	}
	return got, nil
}

var nangoCode = regexp.MustCompile(`^[a-z][a-z_]{0,60}$`)

// codeOf returns a code of Nango's errors, or an empty text for what cannot be one, such as a text of somebody else.
func codeOf(code string) string {
	if nangoCode.MatchString(code) {
		return code
	}
	return ""
}

func (r *response) mediaType() string {
	kind, _, _ := mime.ParseMediaType(r.header.Get("Content-Type")) // the kind is empty if it cannot be read
	return kind
}

// isPage reports whether the body is a page for people.
func (r *response) isPage() bool {
	start := bytes.ToLower(bytes.TrimSpace(r.body[:min(len(r.body), 64)]))
	return r.mediaType() == "text/html" || bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html"))
}

// noRoute reports whether the server seems not to have the call: it responds with a page, or, if it has no dashboard, with its
// most general failure. No check calls this before the API has responded to another call.
func (r *response) noRoute() bool {
	return r.isPage() || r.code == "generic_error_support" || r.status == http.StatusNotFound && r.code == ""
}

// reason says in a few words why there was no response. It names no part of the URL but the host.
func reason(err error) string {
	if lookup, ok := errors.AsType[*net.DNSError](err); ok {
		return "the host " + lookup.Name + " cannot be resolved"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the certificate was refused: " + certificateFault(err)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return "the server does not speak TLS on this port"
	}
	timeout, limited := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded) || limited && timeout.Timeout():
		return "there was no response in time"
	case errors.Is(err, context.Canceled):
		return "the context ended"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there (connection refused)"
	case errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection broke off"
	}
	if failed, ok := errors.AsType[*url.Error](err); ok { // its text shows the URL
		err = failed.Err
	}
	if failed, ok := errors.AsType[*net.OpError](err); ok {
		return failed.Op + " failed"
	}
	return "the request failed"
}

// certificateFault says what is wrong with a certificate.
func certificateFault(err error) string {
	if name, ok := errors.AsType[x509.HostnameError](err); ok {
		return "it is not for the host " + name.Host
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "it is signed by an authority that this machine does not know"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return "it has expired or is not valid yet"
	}
	return "it cannot be verified"
}
