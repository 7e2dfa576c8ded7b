package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/doctor"
)

func (a *app) doctor() *cobra.Command {
	var asJSON bool
	var connections []string
	var proxied string
	var params doctor.Params
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check the key, the host, the connections and the receiver of webhooks",
		Long: `Check the key, the host, the connections and the receiver of webhooks, and say what to do next.

Nothing changes on the server. By default a run makes about 25 requests, and one to three more for each connection; with
one --scope it makes about 7 instead of the 25. With a NANGO_WEBHOOK_SIGNING_KEY and --webhook-url the receiver gets two
events of a kind that no program knows. The exit code is 1 if a check failed.`,
		Example: `  nango-go doctor
  nango-go doctor --json --scope environment:proxy --scope environment:records:read
  nango-go doctor --connection github/user-42 --webhook-url https://hooks.example.com/nango`,
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := a.load()
			if err != nil {
				return err
			}
			client, err := set.client()
			if wrong, ok := errors.AsType[*settingError](err); ok {
				check := doctor.Check{ID: wrong.check, Status: doctor.Fail, Seen: wrong.seen, Next: wrong.next}
				return printReport(cmd, &doctor.Report{Checks: []doctor.Check{check}}, asJSON)
			}
			if err != nil {
				return err
			}
			params.SigningKey = nango.NewSecret(set[signingKey])
			for _, name := range connections {
				handle, err := connectionOf(client, name)
				if err != nil {
					return err
				}
				params.Connections = append(params.Connections, handle)
			}
			if proxied != "" {
				if params.ProxyConnection, err = connectionOf(client, proxied); err != nil {
					return err
				}
			}
			return report(cmd, client, params, asJSON)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&asJSON, "json", false, "print the report as JSON")
	flags.BoolVar(&params.NoNetwork, "no-network", false, "only check what needs no network")
	flags.StringArrayVar(&params.Scopes, "scope", nil, "a scope that your program needs (can be repeated; default: all that can be checked)")
	flags.StringArrayVar(&connections, "connection", nil, "a connection to look at, as integration/connection (can be repeated; default: the newest ten)")
	flags.BoolVar(&params.ReadCredentials, "read-credentials", false, "read the credentials of the connections too, which refreshes those that expire soon")
	flags.StringVar(&proxied, "proxy-connection", "", "a connection for one GET through the proxy, as integration/connection")
	flags.StringVar(&params.ProxyPath, "proxy-path", "", "the path of that GET, such as /user")
	flags.StringVar(&params.WebhookURL, "webhook-url", "", "the URL of your receiver of webhooks")
	return cmd
}

// report runs the doctor and prints what it saw, also if the context ended before it had seen everything.
func report(cmd *cobra.Command, client *nango.Client, params doctor.Params, asJSON bool) error {
	seen, err := doctor.Run(cmd.Context(), client, params)
	if seen == nil {
		return err
	}
	for i := range seen.Checks {
		seen.Checks[i].Seen, seen.Checks[i].Next = words.Replace(seen.Checks[i].Seen), words.Replace(seen.Checks[i].Next)
	}
	failed := printReport(cmd, seen, asJSON)
	if err != nil {
		return whenStopped(cmd.Context(), err, "stopped; the report has what was checked until then")
	}
	return failed
}

// printReport prints a report. Its error ends the command with a failure if a check failed.
func printReport(cmd *cobra.Command, seen *doctor.Report, asJSON bool) (err error) {
	if asJSON {
		encoder := json.NewEncoder(cmd.OutOrStdout())
		encoder.SetIndent("", "  ")
		err = encoder.Encode(seen)
	} else {
		_, err = fmt.Fprint(cmd.OutOrStdout(), seen)
	}
	if err == nil && !seen.OK() {
		return errShown
	}
	return err
}
