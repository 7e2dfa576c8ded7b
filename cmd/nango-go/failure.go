package main

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
)

// errShown ends a command that has shown what failed.
var errShown = errors.New("failed")

// usageError is a mistake in the command line that cobra does not see.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// stoppedError is the error of a command that Ctrl-C has ended, with what holds then in place of its words.
type stoppedError struct {
	error
	text string
}

func (e *stoppedError) Unwrap() error { return e.error }

// whenStopped returns an error with what holds if Ctrl-C has ended the command, for one that does not go on when it is run again.
func whenStopped(ctx context.Context, err error, text string) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return &stoppedError{err, text}
}

// isUsage reports whether an error is about what the caller wrote: the SDK refuses such an argument before any request.
func isUsage(err error) bool {
	if _, ok := errors.AsType[*usageError](err); ok {
		return true
	}
	_, ok := errors.AsType[*nango.ArgumentError](err)
	return ok
}

// describe returns an error as one line, with what to do next. It is empty if the command has shown it.
func describe(ctx context.Context, err error, cmd *cobra.Command, began bool) string {
	if errors.Is(err, errShown) {
		return ""
	}
	text := err.Error()
	if argument, ok := errors.AsType[*nango.ArgumentError](err); ok {
		text = cmp.Or(argumentNames[argument.Name], argument.Name) + " " + argument.Reason
	}
	text = plain(words.Replace(text))
	switch {
	case !began || isUsage(err):
		return text + " (see " + cmd.CommandPath() + " --help)"
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		if stopped, ok := errors.AsType[*stoppedError](err); ok {
			return plain(stopped.text)
		}
		return "stopped"
	}
	if next := nextStep(err); next != "" {
		text += "; " + next
	}
	return text
}

// argumentNames are what the arguments of the SDK, which its errors name, are called here.
var argumentNames = map[string]string{
	"IntegrationIDs": "--integration", "integrationID": "the id of the integration", "connectionID": "the id of the connection",
	"Model": "the model", "Name": host, "Scopes": "--scope", "Connections": "--connection", "ProxyPath": "--proxy-path", "WebhookURL": "--webhook-url",
}

// words replace what a text of the SDK says to a program by what it means here.
var words = strings.NewReplacer(
	"Params.ProxyConnection and ProxyPath", "--proxy-connection and --proxy-path", "Params.SigningKey", signingKey,
	"Params.Connections", "--connection", "Params.ReadCredentials", "--read-credentials", "Params.ProxyPath", "--proxy-path",
	"Params.WebhookURL", "--webhook-url", "a ProxyConnection", "a --proxy-connection",
	"nango: Path ", "--proxy-path ", "nango: connectionID", argumentNames["connectionID"], "nango: integrationID", argumentNames["integrationID"],
	"give the path and set BaseURLOverride for another host", "give the path alone",
	"and MaxIdle is 720h0m0s", "which is more than 30 days ago",
)

// steps say what to do about an error whose text does not say it, by the first that matches.
var steps = []struct {
	err  error
	next string
}{
	{consume.ErrStale, "--restart begins at the oldest record again"},
	{consume.ErrUnreadableCursor, "--restart begins at the oldest record again"},
	{consume.ErrConflict, "wait until the other export has ended"},
	{nango.ErrSessionExpired, "run the command again for a new link"},
	{nango.ErrUnauthorized, "check NANGO_API_KEY and NANGO_HOST with nango-go doctor"},
	{nango.ErrForbidden, "give the key what it lacks in the dashboard; nango-go doctor lists what it has"},
	{nango.ErrRateLimited, "wait a minute"},
	{nango.ErrNotFound, "nango-go connections lists what there is"},
	{nango.ErrInvalid, "correct what it names"},
}

func nextStep(err error) string {
	for _, step := range steps {
		if errors.Is(err, step.err) {
			return step.next
		}
	}
	if failure, ok := errors.AsType[*nango.Error](err); ok {
		switch {
		case failure.StatusCode == 0:
			return "nango-go doctor says what is in the way"
		case failure.StatusCode >= 500 || failure.Code == "":
			return "nango-go doctor says what responds there"
		}
	}
	return ""
}

// plain returns a text without line ends and without what a terminal could obey: it can come from a server.
func plain(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}
