package bench

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
)

const (
	nodeSide = "Node SDK"
	// nodeVariable names a folder in which bench.mjs is, and the SDK for Node is installed.
	nodeVariable = "NANGO_BENCH_NODE"
)

// node is the side of the SDK for Node. It measures itself: the start of the process does not count.
func node(work string, of func(testing.TB) target) side {
	folder := os.Getenv(nodeVariable)
	if folder == "" {
		return side{name: nodeSide}
	}
	return side{name: nodeSide, setup: func(tb testing.TB) func() error {
		key, header, body := syncDelivery(tb)
		headers := map[string]string{}
		for name := range header {
			headers[name] = header.Get(name)
		}
		input, err := json.Marshal(map[string]any{
			"work": work, "baseURL": of(tb).baseURL, "apiKey": apiKey, "connectionId": connectionID, "providerConfigKey": integrationID, "pageLength": pageLength,
			"webhook": map[string]any{"key": key, "headers": headers, "body": string(body)},
		})
		if err != nil {
			tb.Fatal(err)
		}
		return func() error {
			command := exec.Command("node", "bench.mjs")
			command.Dir, command.Stdin, command.Stderr = folder, bytes.NewReader(input), os.Stderr
			out, err := command.Output()
			if err != nil {
				return err
			}
			var measured struct{ Nanoseconds, Peak float64 }
			if err := json.Unmarshal(out, &measured); err != nil {
				return err
			}
			b := tb.(*testing.B)
			b.ReportMetric(measured.Nanoseconds, "ns/op")
			b.ReportMetric(measured.Peak, peakUnit)
			return nil
		}
	}}
}
