package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/nango-go/sdk/nango"
)

// connectionOf returns the connection of a name such as github/user-42. An id of an integration has no slash.
func connectionOf(client *nango.Client, name string) (*nango.ConnectionHandle, error) {
	integrationID, connectionID, ok := strings.Cut(name, "/")
	if !ok || integrationID == "" || connectionID == "" {
		return nil, &usageError{fmt.Sprintf("%q is not a connection: it has the form integration/connection, such as github/user-42", name)}
	}
	return client.Connection(integrationID, connectionID), nil
}

func (a *app) connections() *cobra.Command {
	var asJSON bool
	var params nango.ListConnectionsParams
	cmd := &cobra.Command{
		Use:   "connections",
		Short: "List the connections",
		Long:  "List the connections of the environment, newest first, without their credentials.",
		Example: `  nango-go connections
  nango-go connections --integration github --tag end_user_id=user-42
  nango-go connections --json | jq -r .connection_id`,
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			print, flush := printer(cmd.OutOrStdout(), asJSON)
			printed := false
			for connection, err := range client.Connections.All(cmd.Context(), &params) {
				if err != nil {
					if printed { // what came before it
						_ = flush()
					}
					return whenStopped(cmd.Context(), err, "stopped before the end of the list")
				}
				if err := print(connection); err != nil {
					return err
				}
				printed = true
			}
			if !printed {
				return none(cmd)
			}
			return flush()
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&params.IntegrationIDs, "integration", nil, "only those of this integration (can be repeated)")
	flags.StringToStringVar(&params.Tags, "tag", nil, "only those with this tag, as key=value (can be repeated)")
	flags.StringVar(&params.Search, "search", "", "a part of the connection id, or of the name or e-mail address of the end user")
	flags.BoolVar(&asJSON, "json", false, "print a JSON object in each line")
	return cmd
}

// none says that there is no connection. A list without lines could mean anything.
func none(cmd *cobra.Command) error {
	text := "There are no connections in the environment of this key; nango-go connect makes one."
	for _, filter := range []string{"integration", "tag", "search"} {
		if cmd.Flags().Changed(filter) {
			text = "No connection matches the filters."
		}
	}
	_, err := fmt.Fprintln(cmd.ErrOrStderr(), text)
	return err
}

// printer returns how to print a connection: as a row of a table, or as a line of JSON. flush prints what is left.
func printer(out io.Writer, asJSON bool) (print func(*nango.ConnectionSummary) error, flush func() error) {
	if asJSON {
		encoder := json.NewEncoder(out)
		return func(c *nango.ConnectionSummary) error { return encoder.Encode(c) }, func() error { return nil }
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "INTEGRATION\tCONNECTION\tCREATED\tERRORS\tTAGS")
	return func(c *nango.ConnectionSummary) error {
		_, err := fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", plain(c.IntegrationID), plain(c.ConnectionID),
			c.CreatedAt.UTC().Format(time.DateTime), plain(errorsOf(c)), plain(tagsOf(c.Tags)))
		return err
	}, table.Flush
}

func errorsOf(c *nango.ConnectionSummary) string {
	var types []string
	for _, failure := range c.Errors {
		types = append(types, string(failure.Type))
	}
	if len(types) == 0 {
		return "-"
	}
	return strings.Join(types, ",")
}

func tagsOf(tags map[string]string) string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		pairs = append(pairs, key+"="+tags[key])
	}
	return strings.Join(pairs, " ")
}
