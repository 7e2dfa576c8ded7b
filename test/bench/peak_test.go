package bench

import (
	"bytes"
	"fmt"
	"os"
	"runtime/debug"
	"testing"
)

// watchPeak begins to watch how much memory the process has at most. The function that it returns reports that, on Linux.
func watchPeak(b *testing.B, wanted bool) (report func()) {
	debug.FreeOSMemory() // of the side before
	if !wanted || os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) != nil {
		return func() {}
	}
	return func() {
		if peak, err := peakMemory(); err == nil {
			b.ReportMetric(peak, peakUnit)
		}
	}
}

const peakUnit = "peak-MiB"

func peakMemory() (mib float64, err error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, line, _ := bytes.Cut(status, []byte("VmHWM:"))
	kib := 0
	_, err = fmt.Sscan(string(line), &kib)
	return float64(kib) / 1024, err
}
