package nango

import (
	"io"
	"net/http"
	"sync"
)

// outgoing returns the request that the provider is to get. Also in case of an error it returns a request, whose body
// the caller has to close.
func (t *transport) outgoing(in *http.Request, api *definition) (*http.Request, error) {
	out := in.Clone(in.Context())
	out.RequestURI = "" // of a request that a server has got; a client refuses it
	if out.Header == nil {
		out.Header = http.Header{}
	}
	if out.Method == "" {
		out.Method = http.MethodGet
	}
	if in.Body == http.NoBody {
		out.Body, out.GetBody = nil, nil
	}
	canonical(out.Header)
	direct := t.direct[origin(in.URL)]
	if direct {
		api.stripDirect(out.Header)
	} else if _, upgrade := out.Header["Upgrade"]; upgrade {
		return out, &ArgumentError{Name: "Upgrade", Reason: "is set: Nango cannot switch protocols"}
	} else {
		api.strip(out.Header)
	}
	if t.params.Rewrite == nil {
		return out, nil
	}
	err := t.rewrite(in, out)
	switch {
	case err == nil && out.URL == nil:
		err = &ArgumentError{Name: "Rewrite", Reason: "has set the URL to nil"}
	case err == nil && direct && !t.direct[origin(out.URL)]: // what may go past Nango may not go to the provider
		api.strip(out.Header)
	}
	return out, err
}

// rewrite calls Rewrite. It keeps the caller's body from being sent in place of a new one, and closes both.
func (t *transport) rewrite(in, out *http.Request) error {
	old := &closeOnce{ReadCloser: in.Body}
	returned := false
	defer func() {
		if !returned && in.Body != nil { // Rewrite panicked
			old.Close()
		}
	}()
	if out.Body == nil {
		old.ReadCloser = http.NoBody
	} else {
		out.Body, out.GetBody = old, nil
	}
	err := t.params.Rewrite(in, out)
	returned = true
	switch {
	case out.Body == old:
		if out.GetBody == nil {
			out.GetBody = in.GetBody
		}
		return err
	case out.Body == nil || out.Body == http.NoBody:
		old.Close()
		out.Body, out.GetBody, out.ContentLength = nil, nil, 0
		return err
	case out.ContentLength == in.ContentLength:
		out.ContentLength = -1
	}
	replaced := out.Body
	out.Body = wrappedBody{replaced, closeFunc(func() error { defer old.Close(); return replaced.Close() })}
	return err
}

// closeOnce closes a body at most once, since Rewrite may have wrapped it.
type closeOnce struct {
	io.ReadCloser
	once sync.Once
}

func (c *closeOnce) Close() (err error) {
	c.once.Do(func() { err = c.ReadCloser.Close() })
	return err
}
