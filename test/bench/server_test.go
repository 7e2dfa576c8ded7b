package bench

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nango-go/sdk/test/recordings"
)

const (
	pageCount  = 100
	pageLength = 1000
	listLength = 100
	fileLength = 64 << 20

	slowPath = "/slow"
	latency  = 20 * time.Millisecond

	serverVariable = "NANGO_BENCH_SERVER"
)

// TestMain is the server in a process that serverURL starts.
func TestMain(m *testing.M) {
	if os.Getenv(serverVariable) == "" {
		os.Exit(m.Run())
	}
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serverURL returns the URL of a server in a process of its own, which ends with this one.
func serverURL(tb testing.TB) string {
	tb.Helper()
	url, err := startServer()
	if err != nil {
		tb.Fatal(err)
	}
	return url
}

// serverInput is open until this process ends.
var serverInput io.Closer

var startServer = sync.OnceValues(func() (string, error) {
	command := exec.Command(os.Args[0])
	command.Env, command.Stderr = append(os.Environ(), serverVariable+"=1"), os.Stderr
	var err error
	if serverInput, err = command.StdinPipe(); err != nil {
		return "", err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := command.Start(); err != nil {
		return "", err
	}
	url, err := bufio.NewReader(out).ReadString('\n')
	return strings.TrimSpace(url), err
})

func serve() error {
	bodies, err := serverBodies(pageCount)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println("http://" + listener.Addr().String())
	mux := http.NewServeMux()
	mux.Handle("/", handler(bodies))
	mux.Handle(slowPath+"/", http.StripPrefix(slowPath, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(latency)
		handler(bodies)(w, r)
	})))
	return http.Serve(listener, mux)
}

func handler(bodies map[string][]byte) http.HandlerFunc {
	file := make([]byte, 1<<20)
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/proxy/file" {
			w.Header().Set("Content-Type", "application/octet-stream")
			w.Header().Set("Content-Length", strconv.Itoa(fileLength))
			for range fileLength / len(file) {
				if _, err := w.Write(file); err != nil {
					return
				}
			}
			return
		}
		body, ok := bodies[key(r)]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	}
}

// key names the body of a response. The Node SDK ends the path of records with a slash.
func key(r *http.Request) string {
	return strings.TrimSuffix(r.URL.Path, "/") + "?" + r.URL.Query().Get("cursor")
}

// newServer returns the responses of a server with one page of records.
func newServer(tb testing.TB) map[string][]byte {
	tb.Helper()
	bodies, err := serverBodies(1)
	if err != nil {
		tb.Fatal(err)
	}
	return bodies
}

// serverBodies returns the bodies of all responses.
func serverBodies(pages int) (map[string][]byte, error) {
	bodies := map[string][]byte{}
	one, err := recordings.Load("connections/get-oauth2")
	if err != nil {
		return nil, err
	}
	bodies["/connections/"+connectionID+"?"] = []byte(one.Response.Body)
	listed, err := recordings.Load("connections/list-final")
	if err != nil {
		return nil, err
	}
	var list struct {
		Connections []json.RawMessage `json:"connections"`
	}
	if err := json.Unmarshal([]byte(listed.Response.Body), &list); err != nil {
		return nil, err
	}
	for i := len(list.Connections); i < listLength; i++ {
		list.Connections = append(list.Connections, list.Connections[i%7])
	}
	list.Connections = list.Connections[:listLength]
	if bodies["/connections?"], err = json.Marshal(list); err != nil {
		return nil, err
	}
	for i := range pages {
		from := ""
		if i > 0 {
			from = cursorOf(i)
		}
		bodies["/records?"+from] = recordPage(i)
	}
	return bodies, nil
}

// cursorOf returns the cursor with which page i begins.
func cursorOf(i int) string { return recordCursor(i*pageLength - 1) }

// recordCursor is as long as a real one.
func recordCursor(number int) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "2026-11-22T13:30:15.728289+00:00||%08d-1b30-50f7-af11-d5a686686f5e", number))
}

// recordPage returns page i, whose records have about 550 bytes each.
func recordPage(i int) []byte {
	var b bytes.Buffer
	next := "null"
	if i < pageCount-1 {
		next = strconv.Quote(cursorOf(i + 1))
	}
	fmt.Fprintf(&b, `{"next_cursor":%s,"records":[`, next)
	for n := i * pageLength; n < (i+1)*pageLength; n++ {
		if n > i*pageLength {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"issue-%06d","number":%d,"title":"It is broken, and nobody knows why it was not seen before (%d)","state":"open",`+
			`"labels":["bug","help wanted"],"author":{"login":"octocat","admin":%t},"score":%d.5,"created_at":"2026-01-01T00:00:00.000Z",`+
			`"_nango_metadata":{"first_seen_at":"2026-11-22T13:30:15.728289+00:00","last_modified_at":"2026-11-22T13:30:15.728289+00:00",`+
			`"last_action":"ADDED","deleted_at":null,"pruned_at":null,"cursor":"%s"}}`, n, n, n, n%2 == 0, n%7, recordCursor(n))
	}
	b.WriteString(`]}`)
	return b.Bytes()
}
