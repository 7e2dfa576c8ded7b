package doctor

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// clockSkew is by how much the clock of this machine is ahead of the server's.
type clockSkew struct {
	by    time.Duration
	known bool
}

// skewOf compares the header Date, which is cut to a second, with the middle of the request.
func skewOf(header http.Header, sent, received time.Time) clockSkew {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return clockSkew{}
	}
	here := sent.Add(received.Sub(sent) / 2)
	return clockSkew{here.Sub(date.Add(500 * time.Millisecond)), true}
}

const (
	skewNoticed = 30 * time.Second
	// skewTooMuch is how long before its end the cache of tokens takes a token for expired, so that with more skew the
	// program uses tokens that have expired.
	skewTooMuch = 5 * time.Minute
)

func (r *run) clock(context.Context) finding {
	if !r.skew.known {
		return finding{Inconclusive, "the response has no date to compare the clock with", "compare the clocks by hand, if something in front of the server removes the header Date"}
	}
	by, way := r.skew.by.Truncate(time.Second), "ahead of"
	if by < 0 {
		by, way = -by, "behind"
	}
	seen := fmt.Sprintf("the clock of this machine is %s %s that of the server", by, way)
	const next = "set both clocks by NTP"
	switch {
	case by > skewTooMuch:
		return finding{Fail, seen + ", so expired tokens count as valid, or valid ones as expired", next}
	case by > skewNoticed:
		return finding{Warn, seen, next}
	}
	return finding{Pass, seen, ""}
}
