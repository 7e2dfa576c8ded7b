package doctor

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"unicode"
)

// CheckID names a check. The names do not change, so a program can look for one. A later release can add checks.
type CheckID string

// The checks, in the order in which [Run] makes them.
const (
	CheckBaseURL         CheckID = "base-url"         // the form of the base URL; needs no network
	CheckKeyForm         CheckID = "key-form"         // the form of the API key; needs no network
	CheckSigningKey      CheckID = "signing-key"      // the webhook signing key is set and is not the API key; needs no network
	CheckAPI             CheckID = "api"              // Nango's API responds under the base URL, and not the dashboard or a sign-in page
	CheckKey             CheckID = "key"              // the server accepts the key; its kind and its environment
	CheckRateLimit       CheckID = "rate-limit"       // what is left of the account's requests in this minute
	CheckClock           CheckID = "clock"            // the clocks of this machine and of the server agree
	CheckScope           CheckID = "scope"            // the key has a scope; Subject is the scope
	CheckRelease         CheckID = "release"          // which release's calls the server has
	CheckResponseHeaders CheckID = "response-headers" // proxied successes keep the provider's headers
	CheckConnections     CheckID = "connections"      // which connections are looked at
	CheckConnection      CheckID = "connection"       // the connection exists and has no errors; Subject is the connection
	CheckCredentials     CheckID = "credentials"      // the credentials are there and can be refreshed; Subject is the connection
	CheckSyncs           CheckID = "syncs"            // no sync is paused or failing; Subject is the connection
	CheckReceiver        CheckID = "receiver"         // the receiver of webhooks accepts an event that is signed
	CheckForgery         CheckID = "forgery"          // the receiver refuses an event that is signed with another key
)

// Status is the result of a check.
type Status string

// The results.
const (
	Pass         Status = "pass"         // it is right
	Warn         Status = "warn"         // it works, but something needs attention
	Fail         Status = "fail"         // it is wrong
	Skipped      Status = "skipped"      // it was not looked at, and Seen says why
	Inconclusive Status = "inconclusive" // it was looked at, and nothing certain came of it
)

// Check is what one check saw. It never holds a key, a token or a part of a response's body. Subject can hold the ids of
// a connection, so keep a report as you keep those.
type Check struct {
	ID CheckID `json:"id"`
	// Subject is what was looked at, where a check runs several times: a scope, or a connection as "integration/connection".
	Subject string `json:"subject,omitempty"`
	Status  Status `json:"status"`
	// Seen says in one sentence what was seen.
	Seen string `json:"seen"`
	// Next says in one sentence what to do next. It is empty for [Pass].
	Next string `json:"next,omitempty"`
}

// Report is what the checks of one [Run] saw, in their order.
type Report struct {
	Checks []Check
}

// OK reports whether no check failed. Warnings, and checks that were skipped or inconclusive, do not count: OK does not mean
// that everything was looked at. If your program needs that, look at the Status of the checks.
func (r Report) OK() bool { return len(r.Failed()) == 0 }

// Failed returns the checks that failed.
func (r Report) Failed() (failed []Check) {
	for _, c := range r.Checks {
		if c.Status == Fail {
			failed = append(failed, c)
		}
	}
	return failed
}

// String returns the report as a table in plain text, with two lines for each check that needs attention, one for all others and
// a last line with the sums. Characters that a terminal could obey are shown as "?".
func (r Report) String() string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, c := range r.Checks {
		seen := c.Seen
		if c.Subject != "" {
			seen = c.Subject + ": " + seen
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", c.Status, c.ID, printable(seen))
		if c.Next != "" && c.Status != Skipped {
			fmt.Fprintf(table, "\t\tNext: %s\n", printable(c.Next))
		}
	}
	_ = table.Flush() // a strings.Builder takes everything
	text.WriteString(r.sums() + "\n")
	return text.String()
}

// sums counts the checks by their result.
func (r Report) sums() string {
	counts := map[Status]int{}
	for _, c := range r.Checks {
		counts[c.Status]++
	}
	var parts []string
	for _, status := range []Status{Pass, Warn, Fail, Skipped, Inconclusive} {
		if counts[status] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[status], status))
		}
	}
	return strings.Join(parts, ", ")
}

// printable keeps an id that somebody chose from moving the cursor of a terminal or a column of the table.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// MarshalJSON returns an object with "ok" and "checks". Each check has "id", "status" and "seen", and where they are not
// empty "subject" and "next". The keys do not change; there can be more later.
func (r Report) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		OK     bool    `json:"ok"`
		Checks []Check `json:"checks"`
	}{r.OK(), append([]Check{}, r.Checks...)})
}
