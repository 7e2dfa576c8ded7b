package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The exit codes. What was wrong is on standard error, in one line.
const (
	exitOK = iota
	exitFailure
	exitUsage // the command line is wrong, and nothing was done
)

// app is what the commands share.
type app struct {
	configPath string // of --config, empty if it was not given
	began      bool   // the command line is right, and the command has begun
}

// execute runs a command line and returns the exit code.
func execute(ctx context.Context, args []string) int {
	a := &app{}
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	if text := describe(ctx, err, cmd, a.began); text != "" {
		fmt.Fprintln(root.ErrOrStderr(), "nango-go: "+text)
	}
	if isUsage(err) || !a.began {
		return exitUsage
	}
	return exitFailure
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "nango-go",
		Short: "Work with Nango: check a setup, connect accounts, copy records, try webhooks",
		Long: `Work with Nango: check a setup, connect accounts, copy records, try webhooks.

The API key and the host come from NANGO_API_KEY and NANGO_HOST, or from a file with lines such as NANGO_API_KEY=…
that other users can neither read nor change: the file of --config, or nango-go/config in the configuration directory of
the user. The environment goes before the file. Without a host the API of Nango Cloud is meant.

It exits with 1 after a failure, and with 2 if the command line is wrong.`,
		Example: `  export NANGO_API_KEY=…      # or a file, see above
  nango-go doctor             # is the setup right?
  nango-go connect github     # connect an account
  nango-go serve              # a Nango of your own, without an account`,
		Version:       version(),
		SilenceErrors: true, // execute prints them
		SilenceUsage:  true,
	}
	// Cobra checks these only after this function, when the command counts as begun.
	root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
		if err := cmd.ValidateRequiredFlags(); err != nil {
			return err
		}
		if err := cmd.ValidateFlagGroups(); err != nil {
			return err
		}
		if cmd.Name() != cobra.ShellCompRequestCmd && cmd.Name() != cobra.ShellCompNoDescRequestCmd { // which complete an empty word too
			if err := refuseEmpty(cmd.Flags(), args); err != nil {
				return err
			}
		}
		a.began = true
		return nil
	}
	root.SetFlagErrorFunc(wrongFlag)
	root.PersistentFlags().StringVar(&a.configPath, "config", "", "file with NANGO_API_KEY and NANGO_HOST")
	root.AddCommand(a.doctor(), a.connect(), a.connections(), a.records(), a.webhook(), a.serve())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() { // by themselves they take any arguments
		switch cmd.Name() {
		case "help":
			cmd.Args = ofCommand
		case "completion":
			group(cmd)
		}
	}
	return root
}

// ofCommand accepts the arguments of help that lead to a command.
func ofCommand(cmd *cobra.Command, args []string) error {
	found, rest, err := cmd.Root().Find(args)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("unknown command %q for %q", rest[0], found.CommandPath())
	}
	return err
}

// refuseEmpty refuses an argument or a flag that is given without a text, such as that of a variable that is not set. A flag would
// count as not given.
func refuseEmpty(flags *pflag.FlagSet, args []string) (err error) {
	if i := slices.Index(args, ""); i >= 0 {
		return &usageError{fmt.Sprintf("argument %d is empty", i+1)}
	}
	flags.Visit(func(flag *pflag.Flag) {
		empty := flag.Value.Type() == "string" && flag.Value.String() == ""
		if list, ok := flag.Value.(pflag.SliceValue); ok {
			empty = slices.Contains(list.GetSlice(), "")
		}
		if pairs, wrong := flags.GetStringToString(flag.Name); wrong == nil {
			for key, value := range pairs {
				empty = empty || key == "" || value == "" // a tag without a text is refused by Nango
			}
		}
		if empty {
			err = &usageError{"--" + flag.Name + " is empty, or has an empty part"}
		}
	})
	return err
}

// wrongFlag describes the value of a flag that cannot be read, without the words of Go's parsers.
func wrongFlag(_ *cobra.Command, err error) error {
	invalid, ok := errors.AsType[*pflag.InvalidValueError](err)
	if !ok {
		return err
	}
	flag := invalid.GetFlag()
	form := map[string]string{
		"uint16": "a number from 0 to 65535", "int": "a whole number", "duration": "a time such as 90s, 5m or 1h30m",
		"bool": "true or false", "stringToString": "of the form key=value",
	}[flag.Value.Type()]
	if form == "" {
		return err
	}
	return &usageError{fmt.Sprintf("--%s is %q, which is not %s", flag.Name, invalid.GetValue(), form)}
}

// group is a command that only has others below it. Without one of them it shows its help.
func group(cmd *cobra.Command, commands ...*cobra.Command) *cobra.Command {
	cmd.Args = cobra.NoArgs // refuses unknown commands, which cobra by itself does at the root alone
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(commands...)
	return cmd
}

// version is the version under which the module was installed.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
