package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/nango-go/sdk/nango"
)

// defaultTag finds the new connection where the caller names no tag.
const defaultTag = "nango_go_connect"

func (a *app) connect() *cobra.Command {
	var tags map[string]string
	var reconnect string
	var noBrowser, asJSON bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "connect [integration...]",
		Short: "Connect an account: make a link, wait, print the connection",
		Long: `Connect an account: make a connect session, show its link, wait until a person has connected, print the connection.

Without an integration the person can choose one. With --reconnect it waits only if the connection shows an error, since
nothing else tells a client that it was connected again. It waits on if the person refuses: Nango shows that to no
client, only in the webhook auth, and the link still works. The link holds a token: who has it can connect for 30
minutes.

The tags stay on the connection, and the command finds it by them: two commands that wait with the same tags find the
same one. Without --tag it gets a tag ` + defaultTag + `, which no other has.`,
		Example: `  nango-go connect github --tag end_user_id=user-42
  nango-go connect --reconnect github/user-42
  nango-go connect github --no-browser --json`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if reconnect != "" && len(args) > 0 {
				return &usageError{"--reconnect names the integration already"}
			}
			if cmd.Flags().Changed("timeout") && timeout <= 0 {
				return &usageError{"--timeout is not above 0; without it the command waits as long as the link works"}
			}
			client, err := a.client()
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			if timeout > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, timeout)
				defer cancel()
			}
			list := "nango-go connections"
			if tags == nil && reconnect == "" {
				tags = map[string]string{defaultTag: rand.Text()}
				list += " --tag " + defaultTag + "=" + tags[defaultTag]
			}
			session, err := begin(ctx, client, reconnect, tags, args)
			if err != nil {
				return whenStopped(cmd.Context(), err, "stopped before there was a link")
			}
			show(cmd, session, noBrowser)
			params := nango.WaitForConnectionParams{Session: session}
			if reconnect == "" {
				showWaiting(cmd, session)
			} else { // whether there is anything to wait for is known from the first poll on
				params.Wait.OnPoll = func(status nango.WaitStatus) {
					if status.Polls == 1 {
						showWaiting(cmd, session)
					}
				}
			}
			found, err := client.Connections.WaitFor(ctx, params)
			if errors.Is(err, context.DeadlineExceeded) && cmd.Context().Err() == nil {
				return fmt.Errorf("nobody has connected within %s; the link works until %s", timeout, clock(session.ExpiresAt))
			}
			if _, unseen := errors.AsType[*nango.ArgumentError](err); unseen && reconnect != "" {
				fmt.Fprintln(cmd.ErrOrStderr(), "The connection shows no error, so nothing here tells when it was connected again: wait for the webhook auth, override.")
				return nil
			}
			if err != nil {
				return whenStopped(cmd.Context(), err, "stopped waiting; the link works until "+clock(session.ExpiresAt)+
					", and "+list+" shows what comes of it; the same command would make another link")
			}
			print, flush := printer(cmd.OutOrStdout(), asJSON)
			if err := print(found); err != nil {
				return err
			}
			return flush()
		},
	}
	flags := cmd.Flags()
	flags.StringToStringVar(&tags, "tag", nil, "a tag of the connection, as key=value (can be repeated)")
	flags.StringVar(&reconnect, "reconnect", "", "repair this connection instead, as integration/connection")
	flags.BoolVar(&noBrowser, "no-browser", false, "only show the link")
	flags.DurationVar(&timeout, "timeout", 0, "how long to wait, such as 5m (default: as long as the link works)")
	flags.BoolVar(&asJSON, "json", false, "print the connection as JSON")
	return cmd
}

// begin makes the session, of a new connection or of one to repair.
func begin(ctx context.Context, client *nango.Client, reconnect string, tags map[string]string, integrations []string) (*nango.ConnectSession, error) {
	if reconnect != "" {
		handle, err := connectionOf(client, reconnect)
		if err != nil {
			return nil, err
		}
		return handle.Reconnect(ctx, &nango.ReconnectParams{Tags: tags}) // nil keeps the tags
	}
	return client.ConnectSessions.Create(ctx, nango.CreateConnectSessionParams{Tags: tags, IntegrationIDs: integrations})
}

// show brings the link to the person, on standard error: standard output has the connection alone.
func show(cmd *cobra.Command, session *nango.ConnectSession, noBrowser bool) {
	errs := cmd.ErrOrStderr()
	fmt.Fprintln(errs, "Open this link to connect:", plain(session.ConnectLink))
	if !noBrowser {
		switch opened, err := openBrowser(session.ConnectLink); {
		case err != nil:
			fmt.Fprintln(errs, "The browser could not be opened:", plain(err.Error()))
		case opened:
			fmt.Fprintln(errs, "Opening it in the browser.")
		default:
			fmt.Fprintln(errs, "There is no browser here.")
		}
	}
}

// showWaiting says for what the command waits. A refusal is in the webhook auth alone; the session can be used again after it.
func showWaiting(cmd *cobra.Command, session *nango.ConnectSession) {
	fmt.Fprintf(cmd.ErrOrStderr(), "Waiting until somebody connects. The link works until %s, after a refusal too, which is not seen here.\n", clock(session.ExpiresAt))
}

// clock returns the time of day of an event that is at most hours away, in the zone of the person.
func clock(t time.Time) string { return t.Local().Format(time.TimeOnly) }
