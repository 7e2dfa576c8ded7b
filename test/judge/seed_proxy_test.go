package judge

//lint:file-ignore SA1019 the server still has end users

import (
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// seedLimit is a server with a limit of five requests, which others then use up.
func seedLimit(g *seed) {
	g.SetRateLimit(5)
	g.SetVariable("MY_VAR", "hello")
	g.SetVariable("OTHER", "wörld 2")
	g.then(func() {
		for range 5 {
			_, err := g.Client().Environment.Variables(g.t.Context())
			require.NoError(g.t, err)
		}
	})
}

// seedProxy is a server that can reach one host, which has an address of the kind that is not reachable by default.
func seedProxy(g *seed) {
	for _, i := range []nangotest.Integration{
		{ID: "demo-none"}, {ID: "api-bearer", Provider: "private-api-bearer"}, {ID: "api-basic", Provider: "private-api-basic"},
		{ID: "canvas", Provider: "canvas-lms"}, {ID: "gh-oauth2", Provider: "github"},
	} {
		g.AddIntegration(i)
	}
	for _, c := range []nangotest.Connection{
		{IntegrationID: "demo-none", ConnectionID: "conn-none-1"},
		{IntegrationID: "api-bearer", ConnectionID: "conn-key-1", Credentials: &nango.APIKeyCredentials{APIKey: reveal("sk-test-123")}},
		{IntegrationID: "api-basic", ConnectionID: "conn-basic-1", Credentials: &nango.BasicCredentials{Username: reveal("bob"), Password: reveal("pä$$")}},
		{IntegrationID: "canvas", ConnectionID: "conn-canvas-1", Credentials: oauth2(began.Add(24 * time.Hour))},
		{IntegrationID: "canvas", ConnectionID: "conn-canvas-expired", Credentials: oauth2(began.Add(-time.Hour))},
		{IntegrationID: "canvas", ConnectionID: "conn-canvas-bad", Credentials: oauth2(began.Add(-time.Hour))},
		{IntegrationID: "gh-oauth2", ConnectionID: "conn-oauth2-1", Credentials: &nango.OAuth2Credentials{AccessToken: reveal("gho_abc")}},
	} {
		g.AddConnection(c)
	}
	g.Connection("canvas", "conn-canvas-bad").FailRefresh(400, "")
	g.HandleHost("http://10.99.88.1:4010", echoServer())
	g.HandleHost("http://10.99.88.1:4110", http.HandlerFunc(echoBytes))
}

// echoBytes is the upstream of the later recordings: it quotes the request, byte for byte.
func echoBytes(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	header := r.Header.Clone()
	header.Set("Host", r.Host)
	text, err := json.Marshal(map[string]any{
		"method": r.Method, "uri": r.RequestURI, "header": header, "text": string(body), "base64": body, "at": began,
	})
	if err != nil {
		panic(err)
	}
	say(http.StatusOK, "application/json", string(text))(w, r)
}

// echoServer is the upstream that was recorded behind the proxy.
func echoServer() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", echo)
	mux.HandleFunc("/echo/", echo)
	mux.HandleFunc("/empty", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/echo/redirected", http.StatusFound)
	})
	mux.HandleFunc("/drop", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/xml", say(http.StatusOK, "application/xml", "<a>1</a>"))
	png, _ := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
	mux.HandleFunc("/png", say(http.StatusOK, "image/png", string(png)))
	mux.HandleFunc("/chunked", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		for _, line := range []string{"one\n", "two\n", "three\n"} {
			_, _ = io.WriteString(w, line)
			w.(http.Flusher).Flush()
		}
	})
	mux.HandleFunc("/download", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Disposition", `attachment; filename="d.bin"`)
		w.Header().Set("Content-Type", "application/octet-stream")
		for i := range 256 {
			_, _ = w.Write([]byte{byte(i)})
		}
	})
	mux.HandleFunc("/gzip", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, `{"compressed":true}`)
		z.Close()
	})
	mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		code := r.PathValue("code")
		w.Header().Set("X-Upstream-Error", "yes")
		say(number(code), "application/json", fmt.Sprintf(`{"error":{"code":"upstream_%s","message":"Upstream says %s"}}`, code, code))(w, r)
	})
	mux.HandleFunc("/text/{code}", func(w http.ResponseWriter, r *http.Request) {
		say(number(r.PathValue("code")), "text/plain", "plain text "+r.PathValue("code"))(w, r)
	})
	var mu sync.Mutex
	attempts := map[string]int{}
	mux.HandleFunc("/flaky/{name}/{failures}/{code}", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		name, status := r.PathValue("name"), http.StatusOK
		if attempts[name]++; attempts[name] <= number(r.PathValue("failures")) {
			status = number(r.PathValue("code"))
		}
		say(status, "application/json", fmt.Sprintf(`{"attempt":%d}`, attempts[name]))(w, r)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		say(http.StatusNotFound, "application/json", fmt.Sprintf(`{"error":"no route %s %s"}`, r.Method, r.RequestURI))(w, r)
	})
	return mux
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func say(status int, contentType, body string) http.HandlerFunc {
	if status < 200 || status > 599 { // is none
		status = http.StatusInternalServerError
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// echo quotes the request.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	headers := map[string]string{"host": r.Host}
	for name, values := range r.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	text, err := json.Marshal(map[string]any{"method": r.Method, "path": r.RequestURI, "headers": headers, "body": string(body)})
	if err != nil {
		panic(err)
	}
	for name, value := range map[string]string{
		"X-Upstream": "echo", "X-Request-Id": "req-123", "Link": `<http://next.example/page=2>; rel="next"`, "ETag": `"abc"`,
	} {
		w.Header().Set(name, value)
	}
	status := http.StatusOK
	if code := r.URL.Query().Get("code"); code != "" {
		status = number(code)
	}
	say(status, "application/json", string(text))(w, r)
}
