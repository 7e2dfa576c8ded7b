// Package reflection holds what package nango hides against the packages that print and compare values by reflection, past the
// methods of a type and into its unexported fields.
package reflection

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/davecgh/go-spew/spew"
	"github.com/google/go-cmp/cmp"
	"github.com/kr/pretty"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

const (
	marker = "s3cr3t-marker"
	apiKey = "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea"
)

// job is a caller's type with what it must not print in unexported fields.
type job struct {
	name  string
	value any
	Shown any
}

// failures are errors of calls to a server whose responses hold the marker wherever it must not be shown.
func failures(t *testing.T) []error {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Marker", marker)
		body := `{"error":{"code":"script_http_error","message":"no ` + apiKey + `","payload":{"` + marker + `":"` + marker + `"},"additional_properties":["` + marker + `"],
			"upstream":{"status":418,"headers":{"x-a":"` + marker + `"},"body":"` + marker + `"}}}`
		status := http.StatusFailedDependency
		switch {
		case strings.HasPrefix(r.URL.Path, "/proxy/"):
			status, body = http.StatusTeapot, `{"`+marker+`":"`+marker+`"}`
		case strings.HasPrefix(r.URL.Path, "/records"):
			status, body = http.StatusOK, `{"`+marker+`":"`+marker+`"}`
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	defer server.Close()
	client, err := nango.New(apiKey, nango.WithBaseURL(server.URL))
	require.NoError(t, err)
	handle := client.Connection("i", marker)
	_, action := nango.TriggerAction[any](t.Context(), handle, "a", nil)
	_, proxied := nango.ProxyJSON[any](t.Context(), handle, nango.ProxyRequest{Path: "/" + marker})
	_, shapeless := nango.ListRecords[any](t.Context(), handle, nango.ListRecordsParams{Model: "Item"})
	lost, err := nango.New(apiKey, nango.WithBaseURL(server.URL), nango.WithHTTPClient(&http.Client{Transport: broken{}}))
	require.NoError(t, err)
	_, unanswered := lost.Connection("i", marker).Get(t.Context(), nil)
	failure, ok := errors.AsType[*nango.Error](action)
	require.True(t, ok)
	require.NotNil(t, failure.Upstream)
	provider, ok := errors.AsType[*nango.ProviderError](proxied)
	require.True(t, ok)
	require.Contains(t, string(failure.Body())+string(failure.Payload())+string(failure.Upstream.Body())+string(provider.Body()), marker)
	for _, err := range []error{shapeless, unanswered} {
		require.Error(t, err)
	}
	return []error{
		action, failure.Upstream, proxied, shapeless, unanswered,
		fmt.Errorf("job: %w", action), errors.Join(action, proxied), &nango.WaitError{Last: action},
	}
}

// broken is a transport whose errors hold what the server sent.
type broken struct{}

func (broken) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("malformed HTTP response %q: %w", marker, &spilling{[]byte(marker)})
}

type spilling struct{ line []byte }

func (e *spilling) Error() string { return fmt.Sprintf("%q", e.line) }

// secrets are values that hold the marker as a secret; the text tells two sets apart.
func secrets(text string) []any {
	secret, raw := nango.NewSecret(text), nango.NewSecretJSON([]byte(`{"`+text+`":"`+text+`"}`))
	return []any{
		secret, raw, &secret, &raw, []nango.Secret{secret}, map[string]nango.SecretJSON{"k": raw},
		nango.AccessToken{Value: secret}, &nango.OAuth2Credentials{AccessToken: secret, Raw: raw},
		nango.Connection{Config: raw, Credentials: &nango.APIKeyCredentials{APIKey: secret}},
		nango.ConnectSession{Token: secret}, nango.EnvironmentVariable{Value: secret},
	}
}

func requireSilent(t *testing.T, name, text string) {
	t.Helper()
	text = strings.ToLower(text)
	for _, secret := range []string{marker, apiKey} {
		part := []byte(secret[:6])
		numbers := strings.Trim(fmt.Sprint(part), "[]")
		for _, shown := range []string{
			secret, hex.EncodeToString(part), fmt.Sprintf("% x", part), numbers, strings.ReplaceAll(numbers, " ", ", "),
			fmt.Sprintf("%#x, %#x, %#x", part[0], part[1], part[2]), strings.ToLower(base64.StdEncoding.EncodeToString(part)),
		} {
			require.NotContains(t, text, shown, name)
		}
	}
}

// printers print a value by reflection.
var printers = map[string]func(any) string{
	"spew":                 func(v any) string { return spew.Sdump(v) },
	"spew without methods": func(v any) string { return (&spew.ConfigState{DisableMethods: true, Indent: " "}).Sdump(v) },
	"spew in one line":     func(v any) string { return spew.Sprintf("%#+v", v) },
	"pretty":               func(v any) string { return pretty.Sprint(v) },
	"pretty, formatted":    func(v any) string { return fmt.Sprintf("%# v", pretty.Formatter(v)) },
	"cmp":                  func(v any) string { return cmp.Diff(v, nil, all) + cmp.Diff([]any{v, 1}, []any{v, 2}, all) },
	"walk":                 walk,
}

var all = cmp.Exporter(func(reflect.Type) bool { return true })

// clientWithToken returns a client whose cache has a token, under the id of its connection.
func clientWithToken(t *testing.T) *nango.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"connection_id":"c","credentials":{"type":"API_KEY","apiKey":"`+marker+`"}}`)
	}))
	defer server.Close()
	client, err := nango.New(apiKey, nango.WithBaseURL(server.URL))
	require.NoError(t, err)
	token, err := client.Connection(marker, marker).Token(t.Context(), &nango.TokenParams{MaxAge: time.Hour})
	require.NoError(t, err)
	require.Equal(t, marker, token.Value.Reveal())
	return client
}

func TestPrintersFindNothing(t *testing.T) {
	values := secrets(marker)
	for _, err := range failures(t) {
		values = append(values, err)
		if value := reflect.ValueOf(err); value.Kind() == reflect.Pointer {
			values = append(values, value.Elem().Interface())
		}
	}
	client := clientWithToken(t)
	values = append(values, client, client.Connection("i", "c").HTTPClient(nil))
	for i, value := range values {
		for _, form := range []any{value, &value, job{"j", value, nil}, &job{"j", value, value}, []any{value}, map[string]any{"k": value}} {
			for name, print := range printers {
				text := print(form)
				require.NotEmpty(t, text)
				requireSilent(t, fmt.Sprintf("%d %T %s", i, value, name), text)
			}
		}
	}
}

// walk writes down every text and number that reflection reaches.
func walk(v any) string {
	var out strings.Builder
	seen := map[string]bool{}
	var visit func(reflect.Value)
	visit = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			place := fmt.Sprint(v.Type(), v.Pointer())
			if !v.IsNil() && !seen[place] {
				seen[place] = true
				visit(v.Elem())
			}
		case reflect.Interface:
			if !v.IsNil() {
				visit(v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				visit(v.Field(i))
			}
		case reflect.Slice, reflect.Array:
			if v.Type().Elem().Kind() == reflect.Uint8 && v.Kind() == reflect.Slice {
				out.Write(v.Bytes())
			}
			for i := range v.Len() {
				visit(v.Index(i))
			}
		case reflect.Map:
			for key, value := range v.Seq2() {
				visit(key)
				visit(value)
			}
		case reflect.String:
			out.WriteString(v.String())
		default:
			fmt.Fprint(&out, v)
		}
		out.WriteByte(' ')
	}
	visit(reflect.ValueOf(v))
	return out.String()
}

// recorder takes what testify says of a failed assertion.
type recorder struct{ text strings.Builder }

func (r *recorder) Errorf(format string, args ...any) { fmt.Fprintf(&r.text, format, args...) }

// Equal secrets are equal, others are not, and what says so shows neither.
func TestComparisons(t *testing.T) {
	const other = "another-" + marker
	same, again, others := secrets(marker), secrets(marker), secrets(other)
	for i := range same {
		name := fmt.Sprintf("%d %T", i, same[i])
		assert.True(t, reflect.DeepEqual(same[i], again[i]), name)
		assert.False(t, reflect.DeepEqual(same[i], others[i]), name)
		assert.True(t, cmp.Equal(same[i], again[i], all), name)
		assert.False(t, cmp.Equal(same[i], others[i], all), name)
		assert.Empty(t, pretty.Diff(same[i], again[i]), name)
		assert.NotEmpty(t, pretty.Diff(same[i], others[i]), name)
		equal, differs := &recorder{}, &recorder{}
		assert.True(t, assert.Equal(equal, same[i], again[i]), name)
		assert.True(t, assert.Equal(equal, job{value: same[i]}, job{value: again[i]}), name)
		assert.Empty(t, equal.text.String(), name)
		assert.False(t, assert.Equal(differs, same[i], others[i]), name)
		assert.False(t, assert.Equal(differs, job{value: same[i]}, job{value: others[i]}), name)
		assert.False(t, assert.NotEqual(differs, same[i], again[i]), name)
		assert.False(t, assert.ElementsMatch(differs, []any{same[i]}, []any{others[i]}), name)
		assert.False(t, assert.Contains(differs, []any{same[i]}, others[i]), name)
		assert.False(t, assert.Nil(differs, same[i]), name)
		require.NotEmpty(t, differs.text.String(), name)
		requireSilent(t, name, differs.text.String()+cmp.Diff(same[i], others[i], all)+strings.Join(pretty.Diff(same[i], others[i]), "\n"))
		assert.NotContains(t, differs.text.String(), other)
	}
	zero := &recorder{}
	assert.False(t, assert.Equal(zero, nango.NewSecret(marker), nango.Secret{}))
	assert.True(t, reflect.DeepEqual(nango.NewSecret(""), nango.Secret{}))
	requireSilent(t, "zero", zero.text.String())
}

// Two failures are never the same value, and what says so shows nothing of them.
func TestComparisonsOfErrors(t *testing.T) {
	first, second := failures(t), failures(t)
	for i := range first {
		differs := &recorder{}
		assert.False(t, assert.Equal(differs, first[i], second[i]))
		assert.False(t, assert.NoError(differs, first[i]))
		assert.False(t, assert.ErrorIs(differs, first[i], io.EOF))
		assert.False(t, assert.ErrorContains(differs, first[i], "x y z"))
		requireSilent(t, fmt.Sprintf("%d %T", i, first[i]), differs.text.String()+strings.Join(pretty.Diff(first[i], second[i]), "\n"))
	}
}

// The printers do see what is not hidden, or the tests above would prove nothing.
func TestPrintersSee(t *testing.T) {
	type plain struct{ value *string }
	for name, print := range printers {
		for _, form := range []any{plain{new(marker)}, job{"j", []string{marker}, nil}, &job{"j", nil, map[string]*string{"k": new(marker)}}} {
			assert.Contains(t, print(form), marker, name)
		}
	}
}
