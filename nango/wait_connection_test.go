package nango_test

import (
	"maps"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

// The recorded session expires at 14:01:45.950, so that it was made half an hour before. By the clock of these tests, which
// starts in the year 2000, that is far away.
const (
	sessionRecording = "connect/sessions-create-tags-only"
	beforeSession    = "2026-11-22T13:31:45.949999+00:00"
	atSession        = "2026-11-22T13:31:45.95+00:00"
)

// withSession returns a client that has made a connect session, and the server of its polls.
func withSession(t *testing.T, params nango.CreateConnectSessionParams, responses ...*recordings.Exchange) (*nango.Client, *polled, *nango.ConnectSession) {
	t.Helper()
	creation, err := recordings.Load(sessionRecording)
	require.NoError(t, err)
	creation.Response.Header.Set("Date", "Sun, 22 Nov 2026 13:31:46 GMT") // the next second
	client, p := polls(t, creation)
	session, err := client.ConnectSessions.Create(t.Context(), params)
	require.NoError(t, err)
	p.server.responses, p.server.requests, p.times = responses, nil, nil
	return client, p, session
}

var projectTags = nango.CreateConnectSessionParams{Tags: map[string]string{"projectId": "p1"}}

// pollRequest is the request of a poll: the newest of the connections that match.
func pollRequest(query url.Values) sent {
	query = maps.Clone(query)
	query.Set("limit", "1")
	return sent{Method: "GET", Path: "/connections", Query: query}
}

// The customer may have connected before the program began to wait.
func TestWaitForConnectionOfASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server, session := withSession(t, projectTags, connectionsOf(atSession))
		time.Sleep(5 * time.Minute)
		connection, err := client.Connections.WaitFor(t.Context(), nango.WaitForConnectionParams{Session: session})
		require.NoError(t, err)
		assert.Equal(t, "conn-0", connection.ConnectionID)
		assert.Equal(t, stamp(atSession), connection.CreatedAt)
		assert.Equal(t, []time.Duration{5 * time.Minute}, server.times)
		server.requireSent(pollRequest(url.Values{"tags[projectId]": {"p1"}}))
	})
}

func TestWaitForConnectionIsForOneOfTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server, session := withSession(t, projectTags, connectionsOf(beforeSession), connectionsOf(beforeSession), connectionsOf("2026-11-22T13:33:00+00:00"))
		connection, err := client.Connections.WaitFor(t.Context(), nango.WaitForConnectionParams{Session: session})
		require.NoError(t, err)
		assert.Equal(t, stamp("2026-11-22T13:33:00+00:00"), connection.CreatedAt)
		assert.Equal(t, []time.Duration{0, 1e9, 25e8}, server.times)
	})
}

// The session ends half an hour after it was received, whatever the two clocks say; a last poll is made at that moment.
func TestWaitForConnectionEndsWithTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server, session := withSession(t, projectTags, noConnections)
		time.Sleep(29*time.Minute + 57*time.Second)
		var last nango.WaitStatus
		_, err := client.Connections.WaitFor(t.Context(), nango.WaitForConnectionParams{Session: session,
			Wait: nango.WaitParams{OnPoll: func(s nango.WaitStatus) { last = s }}})
		failure := waitErrorOf(t, err)
		assert.ErrorIs(t, err, nango.ErrSessionExpired)
		assert.NoError(t, failure.Last)
		assert.Equal(t, 4, failure.Polls)
		assert.Equal(t, "nango: waiting for a connection ended after 4 polls in 3s: nango: the connect session has expired", err.Error())
		const end = 30 * time.Minute
		assert.Equal(t, []time.Duration{end - 3e9, end - 2e9, end - 5e8, end}, server.times)
		assert.Equal(t, nango.WaitStatus{Polls: 3, Elapsed: 2500 * time.Millisecond, Next: 500 * time.Millisecond}, last)
	})
}

func TestWaitForConnectionInTheLastMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _, session := withSession(t, projectTags, noConnections, connectionsOf(atSession))
		time.Sleep(30*time.Minute - time.Nanosecond)
		_, err := client.Connections.WaitFor(t.Context(), nango.WaitForConnectionParams{Session: session})
		assert.NoError(t, err)

		client, server, session := withSession(t, projectTags, unavailable)
		time.Sleep(time.Hour)
		_, err = client.Connections.WaitFor(t.Context(), nango.WaitForConnectionParams{Session: session})
		assert.ErrorIs(t, err, nango.ErrSessionExpired)
		assert.ErrorIs(t, err, nango.ErrServer)
		assert.Len(t, server.times, 1, "the session had expired before")
	})
}

// A poll that outlasts the session is followed by the last one at once.
func TestWaitForConnectionAfterASlowPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, server, session := withSession(t, projectTags, noConnections)
		slow := server.client(nango.WithHTTPClient(&http.Client{Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
			time.Sleep(40 * time.Second)
			return server.RoundTrip(req)
		})}))
		time.Sleep(29*time.Minute + 30*time.Second)
		var next []time.Duration
		_, err := slow.Connections.WaitFor(t.Context(), nango.WaitForConnectionParams{Session: session,
			Wait: nango.WaitParams{OnPoll: func(s nango.WaitStatus) { next = append(next, s.Next) }}})
		assert.ErrorIs(t, err, nango.ErrSessionExpired)
		assert.Equal(t, []time.Duration{0}, next)
		assert.Len(t, server.times, 2)
	})
}

func TestWaitForConnectionTakesWhatItIsGivenFirst(t *testing.T) {
	sessionParams := nango.CreateConnectSessionParams{Tags: map[string]string{"team": "x"}, IntegrationIDs: []string{"github", "slack"}}
	for name, test := range map[string]struct {
		create nango.CreateConnectSessionParams
		params nango.WaitForConnectionParams
		query  url.Values
	}{
		"the session": {sessionParams, nango.WaitForConnectionParams{}, url.Values{"tags[team]": {"x"}, "integrationId": {"github,slack"}}},
		"integrations of its own": {sessionParams, nango.WaitForConnectionParams{IntegrationIDs: []string{"github"}},
			url.Values{"tags[team]": {"x"}, "integrationId": {"github"}}},
		"tags of its own": {sessionParams, nango.WaitForConnectionParams{Tags: map[string]string{"a": "b", "c": "d"}},
			url.Values{"tags[a]": {"b"}, "tags[c]": {"d"}, "integrationId": {"github,slack"}}},
		"the end user": {nango.CreateConnectSessionParams{EndUser: &nango.EndUserParams{ID: "u1"}}, nango.WaitForConnectionParams{}, url.Values{"tags[end_user_id]": {"u1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server, session := withSession(t, test.create, connectionsOf(atSession))
				test.params.Session = session
				_, err := client.Connections.WaitFor(t.Context(), test.params)
				require.NoError(t, err)
				server.requireSent(pollRequest(test.query))
			})
		})
	}
}

// CreatedAfter moves the beginning, by the server's clock and with the moment itself.
func TestWaitForConnectionCreatedAfter(t *testing.T) {
	const late = "2026-11-22T13:40:00+00:00"
	for name, test := range map[string]struct {
		session bool
		after   string
		created []string // of the newest connection, poll by poll
	}{
		"a session, later":    {true, late, []string{"2026-11-22T13:39:59.999999+00:00", late}},
		"a session, earlier":  {true, "2020-01-01T00:00:00Z", []string{beforeSession}},
		"none":                {false, "", []string{"1999-01-01T00:00:00+00:00"}},
		"no session, a time":  {false, late, []string{"2026-11-22T13:39:59.999999+00:00", late}},
		"no session, a zone":  {false, "2026-11-22T15:40:00+02:00", []string{"2026-11-22T13:39:59+00:00", late}},
		"several, the newest": {false, "", []string{late}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var responses []*recordings.Exchange
				for _, created := range test.created {
					responses = append(responses, connectionsOf(created, "1998-01-01T00:00:00+00:00"))
				}
				client, server, session := withSession(t, projectTags, responses...)
				params := nango.WaitForConnectionParams{CreatedAfter: stamp(test.after), Tags: map[string]string{"team": "x"}}
				if test.session {
					params.Session = session
				}
				connection, err := client.Connections.WaitFor(t.Context(), params)
				require.NoError(t, err)
				assert.Equal(t, "conn-0", connection.ConnectionID)
				assert.Len(t, server.times, len(test.created))
			})
		})
	}
}

func TestWaitForConnectionRefuses(t *testing.T) {
	client, server := serve(t, sessionRecording)
	untagged, err := client.ConnectSessions.Create(t.Context(), nango.CreateConnectSessionParams{Tags: map[string]string{}})
	require.NoError(t, err)
	server.requests = nil
	tags := map[string]string{"team": "x"}
	for _, test := range []struct {
		argument, reason string
		params           nango.WaitForConnectionParams
	}{
		{"CreatedAfter", "is missing", nango.WaitForConnectionParams{Session: &nango.ConnectSession{ExpiresAt: time.Now().Add(time.Hour)}, Tags: tags}},
		{"Tags", "are empty", nango.WaitForConnectionParams{}},
		{"Tags", "are empty", nango.WaitForConnectionParams{IntegrationIDs: []string{"github"}, CreatedAfter: time.Now()}},
		{"Tags", "are empty", nango.WaitForConnectionParams{Session: untagged}},
		{"IntegrationIDs", "holds an empty id or one with a comma", nango.WaitForConnectionParams{Tags: tags, IntegrationIDs: []string{"a,b"}}},
	} {
		_, err := client.Connections.WaitFor(t.Context(), test.params)
		requireArgument(t, err, test.argument, test.reason)
		_, waited := err.(*nango.WaitError)
		assert.False(t, waited)
		server.requireSent()
	}
}

// The caller's values may change while the wait goes on.
func TestWaitForConnectionCopiesItsParams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := polls(t, noConnections, connectionsOf(atSession))
		params := nango.WaitForConnectionParams{Tags: map[string]string{"team": "x"}, IntegrationIDs: []string{"github"}}
		params.Wait.OnPoll = func(nango.WaitStatus) { params.Tags["team"], params.IntegrationIDs[0] = "y", "z" }
		_, err := client.Connections.WaitFor(t.Context(), params)
		require.NoError(t, err)
		want := pollRequest(url.Values{"tags[team]": {"x"}, "integrationId": {"github"}})
		server.requireSent(want, want)
	})
}

// sessionOf is a session that was made at a time and lives for a while, in a response with a Date or without.
func sessionOf(made time.Time, lifetime time.Duration, date string) *recordings.Exchange {
	e := exchange(201, `{"data":{"token":"t","connect_link":"l","expires_at":"`+made.Add(lifetime).UTC().Format(time.RFC3339Nano)+`"}}`)
	if date != "" {
		e.Response.Header.Set("Date", date)
	}
	return e
}

// How long a session lives is what its response says, by the server's own clock, which counts in seconds.
func TestWaitForConnectionOfSessionsOfAnyLifetime(t *testing.T) {
	made := time.Date(2020, 1, 1, 12, 0, 0, 500e6, time.UTC)
	for _, lifetime := range []time.Duration{time.Minute, 15 * time.Minute, time.Hour, 24 * time.Hour} {
		for date, tolerance := range map[string]time.Duration{"Wed, 01 Jan 2020 12:00:00 GMT": time.Second, "Wed, 01 Jan 2020 12:00:01 GMT": 0} {
			synctest.Test(t, func(t *testing.T) {
				before, after := made.Add(-tolerance-time.Microsecond).Format(time.RFC3339Nano), made.Format(time.RFC3339Nano)
				client, server := polls(t, sessionOf(made, lifetime, date), connectionsOf(before))
				session, err := client.ConnectSessions.Create(t.Context(), projectTags)
				require.NoError(t, err)
				_, err = client.Connections.WaitFor(t.Context(), nango.WaitForConnectionParams{Session: session})
				assert.ErrorIs(t, err, nango.ErrSessionExpired)
				assert.Equal(t, lifetime+tolerance, time.Since(server.started))

				client, server = polls(t, sessionOf(made, lifetime, date), connectionsOf(after))
				session, err = client.ConnectSessions.Create(t.Context(), projectTags)
				require.NoError(t, err)
				time.Sleep(lifetime - time.Second)
				_, err = client.Connections.WaitFor(t.Context(), nango.WaitForConnectionParams{Session: session})
				require.NoError(t, err)
				assert.Len(t, server.times, 2)
			})
		}
	}
}

// CreatedAfter takes the place of a Date that is ahead, also for the end of the wait.
func TestWaitForConnectionBehindAFastClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		made := time.Now()
		client, server := polls(t, sessionOf(made, 30*time.Minute, made.Add(25*time.Minute).UTC().Format(http.TimeFormat)), noConnections)
		session, err := client.ConnectSessions.Create(t.Context(), projectTags)
		require.NoError(t, err)
		_, err = client.Connections.WaitFor(t.Context(), nango.WaitForConnectionParams{Session: session, CreatedAfter: made})
		assert.ErrorIs(t, err, nango.ErrSessionExpired)
		assert.Equal(t, 30*time.Minute, time.Since(server.started))
	})
}

// Without a Date, or with one that cannot be, the clock of this machine has to do.
func TestWaitForConnectionOfASessionWithoutADate(t *testing.T) {
	for _, date := range []string{"", "yesterday", "Wed, 01 Jan 2020 12:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"} {
		testSessionWithoutADate(t, date)
	}
}

func testSessionWithoutADate(t *testing.T, date string) {
	synctest.Test(t, func(t *testing.T) {
		made := time.Now()
		client, _ := polls(t, sessionOf(made, 20*time.Minute, date), connectionsOf(made.Add(-time.Microsecond).UTC().Format(time.RFC3339Nano)))
		session, err := client.ConnectSessions.Create(t.Context(), projectTags)
		require.NoError(t, err)
		_, err = client.Connections.WaitFor(t.Context(), nango.WaitForConnectionParams{Session: session})
		assert.ErrorIs(t, err, nango.ErrSessionExpired)
		assert.Equal(t, 20*time.Minute, time.Since(made))
	})
}
