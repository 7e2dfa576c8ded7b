// Stream measures how fast large bodies pass package nango, beside plain net/http, and how much memory that takes. The server
// and each transfer have a process of their own.
//
//	go run ./test/bench/stream
//
// It makes five transfers of each kind, in turn. It fails if the median of a way through package nango is slower than 0.9 of that
// of net/http, or if a process needs 32 MiB of memory. On a machine that does other things as well, only the fastest of the five and
// the CPU time say something.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/nango-go/sdk/nango"
)

const (
	down    = 1 << 30
	up      = 64 << 20
	uploads = 8 // in each transfer, since one takes a moment

	rounds    = 15
	leastPart = 0.9
	mostBytes = 32 << 20
)

var sizes = map[string]int64{"down": down, "up": uploads * up}

// ways are the ways of a transfer. The first one is what the others are compared with.
var ways = []string{"net/http", "Proxy", "Transport"}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 0:
		return compare()
	case args[0] == "serve":
		return serve()
	default:
		return transfer(args[0], args[1], args[2])
	}
}

// result is what a process reports of its transfer.
type result struct {
	took  time.Duration
	cpu   time.Duration // of the whole process, which other processes on the machine do not change much
	bytes int64         // of memory, at its most; 0 where the system does not say
}

func compare() error {
	server, url, err := startServer()
	if err != nil {
		return err
	}
	defer func() { _ = server.Process.Kill(); _ = server.Wait() }()
	results := map[string][]result{}
	for round := range rounds {
		for direction := range sizes {
			for i := range ways {
				way := ways[(round+i)%len(ways)]
				command := exec.Command(os.Args[0], direction, way, url)
				output, err := command.Output()
				if err != nil {
					return fmt.Errorf("%s, %s: %w", direction, way, err)
				}
				r := result{cpu: command.ProcessState.UserTime() + command.ProcessState.SystemTime()}
				if _, err := fmt.Sscan(string(output), &r.took, &r.bytes); err != nil {
					return err
				}
				results[direction+" "+way] = append(results[direction+" "+way], r)
			}
		}
	}
	return report(results)
}

func report(results map[string][]result) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tMiB/s\tof net/http\tfastest\tCPU\tmemory\t")
	var short []string
	for _, direction := range slices.Sorted(maps.Keys(sizes)) {
		size, first := sizes[direction], results[direction+" "+ways[0]]
		for _, way := range ways {
			name := direction + " " + way
			time := median(results[name], took)
			memory := slices.MaxFunc(results[name], func(a, b result) int { return int(a.bytes - b.bytes) }).bytes
			part := float64(median(first, took)) / float64(time)
			fmt.Fprintf(w, "%s\t%.0f\t%.2f\t%.2f\t%.2f s\t%.1f MiB\t\n", name, float64(size)/(1<<20)/time.Seconds(), part,
				float64(fastest(first))/float64(fastest(results[name])), median(results[name], cpu).Seconds(), float64(memory)/(1<<20))
			if way != ways[0] && (part < leastPart || memory >= mostBytes) {
				short = append(short, name)
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(short) > 0 {
		return fmt.Errorf("slower than %.1f of net/http, or over %d MiB: %s", leastPart, mostBytes>>20, strings.Join(short, ", "))
	}
	return nil
}

func took(r result) time.Duration { return r.took }
func cpu(r result) time.Duration  { return r.cpu }

func median(results []result, of func(result) time.Duration) time.Duration {
	times := make([]time.Duration, len(results))
	for i, r := range results {
		times[i] = of(r)
	}
	slices.Sort(times)
	return times[len(times)/2]
}

func fastest(results []result) time.Duration {
	return slices.MinFunc(results, func(a, b result) int { return int(a.took - b.took) }).took
}

func startServer() (*exec.Cmd, string, error) {
	server := exec.Command(os.Args[0], "serve")
	output, err := server.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := server.Start(); err != nil {
		return nil, "", err
	}
	url, err := bufio.NewReader(output).ReadString('\n')
	return server, strings.TrimSpace(url), err
}

// serve is the server: a provider's API, which it also proxies as Nango does.
func serve() error {
	mux := http.NewServeMux()
	for _, prefix := range []string{"", "/proxy"} {
		mux.HandleFunc("GET "+prefix+"/down", func(w http.ResponseWriter, _ *http.Request) {
			for sent, piece := 0, make([]byte, 32<<10); sent < down; sent += len(piece) {
				if _, err := w.Write(piece); err != nil {
					return
				}
			}
		})
		mux.HandleFunc("POST "+prefix+"/up", func(w http.ResponseWriter, r *http.Request) {
			n, err := io.Copy(io.Discard, r.Body)
			if err != nil || n != up {
				w.WriteHeader(http.StatusBadRequest)
			}
		})
	}
	respond := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, text)
		}
	}
	const at = `"created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z"`
	mux.HandleFunc("GET /integrations/i", respond(`{"data":{"unique_key":"i","provider":"p","display_name":"p","logo":"",`+at+`}}`))
	mux.HandleFunc("GET /providers/p", respond(`{"data":{"name":"p","display_name":"p","auth_mode":"NONE","docs":"","logo_url":"","categories":[],"proxy":{"base_url":"https://api.example.com"}}}`))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + listener.Addr().String())
	return http.Serve(listener, mux)
}

// transfer makes one transfer, and prints how long it took and how much memory the process needed.
func transfer(direction, way, url string) error {
	client, err := nango.New("0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea", nango.WithBaseURL(url))
	if err != nil {
		return err
	}
	connection := client.Connection("i", "c")
	through, base := connection.HTTPClient(nil), "https://api.example.com"
	if way == "net/http" {
		through, base = http.DefaultClient, url
	}
	if way == "Transport" { // the definition is read once per program, not once per transfer
		if _, err := through.Head(base + "/warm"); err != nil {
			return err
		}
	}
	ctx, started := context.Background(), time.Now()
	if direction == "down" {
		request := func() (*http.Response, error) { return through.Get(base + "/down") }
		if way == "Proxy" {
			request = func() (*http.Response, error) { return connection.Proxy(ctx, nango.ProxyRequest{Path: "/down"}) }
		}
		err = finish(request, down)
	}
	for range uploads {
		if direction == "down" || err != nil {
			break
		}
		body := io.LimitReader(zeros{}, up)
		request := func() (*http.Response, error) { return through.Post(base+"/up", "image/png", body) }
		if way == "Proxy" {
			request = func() (*http.Response, error) {
				return connection.Proxy(ctx, nango.ProxyRequest{Method: http.MethodPost, Path: "/up", Body: body, ContentType: "image/png"})
			}
		}
		err = finish(request, 0)
	}
	if err != nil {
		return err
	}
	took := time.Since(started)
	memory, err := peakMemory()
	fmt.Println(took.Nanoseconds(), memory)
	return err
}

// finish makes a request and reads the response, which has size bytes.
func finish(request func() (*http.Response, error), size int64) error {
	resp, err := request()
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err == nil && (resp.StatusCode != http.StatusOK || n != size) {
		err = fmt.Errorf("status %d, %d bytes", resp.StatusCode, n)
	}
	return err
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// peakMemory is the most memory that this process has had, in bytes; 0 where the system does not say.
func peakMemory() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if os.IsNotExist(err) {
		return 0, nil
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kibibytes, err := strconv.ParseInt(fields[1], 10, 64)
			return kibibytes << 10, err
		}
	}
	return 0, err
}
