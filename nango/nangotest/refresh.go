package nangotest

import (
	"fmt"
	"net/http"
	"time"

	"github.com/nango-go/sdk/internal/credential"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/webhook"
)

const (
	refreshMargin   = 15 * time.Minute // how long before they expire credentials are refreshed
	refreshCooldown = 30 * time.Second // how long after a failure nothing is tried
	refreshDays     = 4                // on how many days a refresh may fail before nothing is tried any more
	tokenLifetime   = time.Hour
)

// refreshState is what a connection remembers of its refreshes.
type refreshState struct {
	by       func(nango.Credentials) (nango.Credentials, error)
	broken   *refreshFailure // what every attempt ends in, set by a test
	running  *attempt        // under way, nil if none is
	count    int             // how many succeeded
	failed   time.Time       // when the last one failed; zero after a success
	attempts int             // on how many days in a row
}

// attempt is a refresh that a function of the test's makes.
type attempt struct {
	done    chan struct{} // closed when it has ended
	failure *refreshFailure
}

// refreshFailure is why there are no credentials to be had.
type refreshFailure struct {
	status        int
	kind, message string
}

var (
	errBackoff = &refreshFailure{
		http.StatusFailedDependency, "connection_refresh_backoff", "A recent refresh attempt failed. Backing off before retrying.",
	}
	errExhausted = &refreshFailure{
		http.StatusFailedDependency, "connection_refresh_exhausted", "The refresh limit has been reached for this connection.",
	}
)

// refusedBy is the failure of a provider that does not give a new token.
func refusedBy(status int, message string) *refreshFailure {
	if message == "" {
		message = "The external API returned an error when trying to refresh the access token. Please try again later."
	}
	return &refreshFailure{status, "refresh_token_external_error", message}
}

// tokenKeys name the token that a refresh replaces, by the type of the credentials. Other types are never refreshed.
var tokenKeys = map[string]string{
	"OAUTH2": "access_token", "APP": "access_token", "OAUTH2_CC": "token", "JWT": "token", "BILL": "session_id",
	"TWO_STEP": "token", "SIGNATURE": "token", "AWS_SIGV4": "session_token",
}

// ensureFresh refreshes the credentials where they need it or where it is forced, and marks the connection as fetched. A failure
// is noted on the connection and sent as a webhook. What comes while an attempt is under way waits for it and shares its end.
func (c *connection) ensureFresh(fault *Fault, force, jwt bool) *refreshFailure {
	if running := c.refresh.running; running != nil {
		c.env.server.outside(func() { <-running.done })
		return running.failure
	}
	now := c.env.server.clock.Now() // later than the call began for another attempt of the proxy's
	c.fetched = now
	state := &c.refresh
	if !force && state.attempts >= refreshDays {
		return errExhausted
	}
	if !force && !state.failed.IsZero() && now.Sub(state.failed) < refreshCooldown {
		return errBackoff
	}
	if !c.due(now, force || fault.expired) {
		return nil
	}
	renewed, failure := c.renew(fault, now)
	c.updated = now
	if failure != nil {
		state.note(now)
		c.fail("auth")
		event := c.authEvent(webhook.AuthOperationRefresh)
		event.Error = &webhook.AuthFailure{Type: failure.kind, Description: failure.message}
		c.env.emit(c, event)
		return failure
	}
	c.credentials = renewed
	if token, isText := renewed["jwtToken"].(string); isText && jwt {
		c.config["jwtToken"] = token
	}
	state.failed, state.attempts = time.Time{}, 0
	c.succeed("auth")
	return nil
}

// note counts a failure. Those of one day count once.
func (s *refreshState) note(now time.Time) {
	if s.attempts == 0 || !s.failed.IsZero() && s.failed.YearDay() != now.YearDay() {
		s.attempts++
	}
	s.failed = now
}

// due says that the credentials are to be refreshed. OAuth2 without a refresh token never is, forced or not.
func (c *connection) due(now time.Time, force bool) bool {
	kind := textOf(c.credentials["type"])
	if tokenKeys[kind] == "" || kind == "OAUTH2" && textOf(c.credentials["refresh_token"]) == "" {
		return false
	}
	margin := refreshMargin
	if seconds, err := c.integration.provider.number("token_expiration_buffer"); err == nil {
		margin = time.Duration(seconds) * time.Second
	}
	expires, err := time.Parse(time.RFC3339Nano, textOf(c.credentials["expires_at"]))
	return force || err == nil && !now.Before(expires.Add(-margin))
}

// renew asks the provider for new credentials.
func (c *connection) renew(fault *Fault, now time.Time) (object, *refreshFailure) {
	state := &c.refresh
	switch {
	case fault.refreshFail != nil:
		return nil, fault.refreshFail
	case state.broken != nil:
		return nil, state.broken
	case state.by == nil:
		state.count++
		return c.reissue(now), nil
	}
	old := credential.Decode(c.credentials)
	running := &attempt{make(chan struct{}), refusedBy(http.StatusBadRequest, "the function that refreshes did not return")}
	state.running = running
	defer func() {
		state.running = nil
		close(running.done)
	}()
	var renewed nango.Credentials
	var err error
	c.env.server.outside(func() { renewed, err = state.by(old) })
	if err == nil {
		if wrong := c.integration.check(renewed); wrong != nil {
			err = fmt.Errorf("nangotest: Refresh: %w", wrong)
		}
	}
	if err != nil {
		running.failure = refusedBy(http.StatusBadRequest, err.Error())
		return nil, running.failure
	}
	running.failure = nil
	state.count++
	return credential.Encode(renewed), nil
}

// reissue makes credentials with a new token that is good for an hour, and what the provider would have said to that.
func (c *connection) reissue(now time.Time) object {
	renewed := clone(c.credentials)
	kind := textOf(renewed["type"])
	token := fmt.Sprintf("refreshed-token-%d", c.refresh.count)
	renewed[tokenKeys[kind]] = token
	renewed["expires_at"] = zulu(now.Add(tokenLifetime))
	if kind == "APP" {
		renewed["jwtToken"] = fmt.Sprintf("refreshed-jwt-%d", c.refresh.count)
	}
	if credential.WithRaw[kind] {
		renewed["raw"] = object{
			tokenKeys[kind]: token, "token_type": "Bearer", "expires_in": int(tokenLifetime.Seconds()), "expires_at": renewed["expires_at"],
		}
	}
	return renewed
}
