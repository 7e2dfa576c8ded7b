package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

func (a *app) webhook() *cobra.Command {
	return group(&cobra.Command{
		Use:   "webhook",
		Short: "Sign, verify and send webhooks as Nango does",
		Long:  "Sign, verify and send webhooks as Nango does. The key is " + signingKey + ", from the environment or the file.",
	}, a.sign(), a.verify(), a.send())
}

func (a *app) sign() *cobra.Command {
	return &cobra.Command{
		Use:   "sign [file]",
		Short: "Print the headers that sign a body",
		Long:  "Print the headers that sign a body, which is a file or standard input. Each byte counts, a line end too.",
		Example: `  nango-go webhook sign body.json
  nango-go webhook sign body.json | curl -H @- -H 'Content-Type: application/json' --data-binary @body.json http://localhost:8787/nango`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, body, err := a.keyAndBody(cmd, args)
			if err != nil {
				return err
			}
			header, err := signed(key, body)
			if err != nil {
				return err
			}
			return header.Write(cmd.OutOrStdout())
		},
	}
}

// signed returns the headers of both signatures of a body.
func signed(key string, body []byte) (http.Header, error) {
	header := http.Header{}
	// Verify tells whether it is a key at all; webhooktest.Sign panics for what is none.
	header.Set(webhook.SignatureHeader, "none")
	if err := webhook.Verify([]string{key}, header, body); isNoKey(err) {
		return nil, errNoKey
	}
	header = http.Header{}
	webhooktest.Sign(header, key, body)
	return header, nil
}

func (a *app) verify() *cobra.Command {
	var signature string
	cmd := &cobra.Command{
		Use:   "verify --signature <hex> [file]",
		Short: "Check the signature of a body, and say what the body is",
		Long: `Check the signature of a body, which is a file or standard input, and say what the body is. The signature is the
value of the header ` + webhook.SignatureHeader + `. Each byte of the body counts. The exit code is 1 if the signature is wrong.`,
		Example: `  nango-go webhook verify --signature 5f0c… body.json`,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, body, err := a.keyAndBody(cmd, args)
			if err != nil {
				return err
			}
			header := http.Header{}
			header.Set(webhook.SignatureHeader, strings.ToLower(strings.TrimSpace(signature)))
			switch err := webhook.Verify([]string{key}, header, body); {
			case isNoKey(err):
				return errNoKey
			case err != nil:
				return fmt.Errorf("%w; a line end at the end of the body counts too", err)
			}
			event, err := webhook.Parse(body)
			if err != nil {
				return fmt.Errorf("the signature is valid, but the body is no event: %w", err)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "valid:", kindOf(event))
			return err
		},
	}
	cmd.Flags().StringVar(&signature, "signature", "", "the value of the header "+webhook.SignatureHeader)
	_ = cmd.MarkFlagRequired("signature")
	return cmd
}

func (a *app) send() *cobra.Command {
	var kind string
	cmd := &cobra.Command{
		Use:   "send <url> [file]",
		Short: "Send a signed webhook to a receiver",
		Long: `Send a signed webhook to a receiver, as Nango does: an event of --event, or the JSON of a file ("-" is standard input).
The JSON is sent as Nango spells it, with sorted keys and without spaces. It is sent once. The exit code is 1 unless the
receiver responds with a 2xx, which acknowledges it.`,
		Example: `  nango-go webhook send http://localhost:8787/nango
  nango-go webhook send http://localhost:8787/nango --event sync-success
  nango-go webhook send http://localhost:8787/nango event.json`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			payload, err := payloadOf(cmd, kind, args[1:])
			if err != nil {
				return err
			}
			set, err := a.load()
			if err != nil {
				return err
			}
			key, err := set.signingKey()
			if err != nil {
				return err
			}
			return deliver(cmd, args[0], key, payload)
		},
	}
	cmd.Flags().StringVar(&kind, "event", "auth-creation", "the event: "+strings.Join(eventNames(), ", "))
	_ = cmd.RegisterFlagCompletionFunc("event", cobra.FixedCompletions(eventNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// responseTime is how long Nango waits for a receiver.
const responseTime = 20 * time.Second

func deliver(cmd *cobra.Command, url, key string, payload any) error {
	req, err := webhooktest.NewRequest(cmd.Context(), url, key, payload)
	if isNoKey(err) {
		return errNoKey
	}
	if err != nil {
		return &usageError{err.Error()}
	}
	if req.URL.Scheme != "http" && req.URL.Scheme != "https" || req.URL.Host == "" {
		return &usageError{"the URL begins with neither http:// nor https://"}
	}
	client := &http.Client{Timeout: responseTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return whenStopped(cmd.Context(), fmt.Errorf("%w; does the receiver run?", err), "stopped before the receiver has responded; it can have the event")
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if _, err := fmt.Fprintln(cmd.OutOrStdout(), plain(resp.Status)); err != nil {
		return err
	}
	switch {
	case resp.StatusCode/100 == 2:
		return nil
	case resp.StatusCode == http.StatusUnauthorized:
		return fmt.Errorf("the receiver refused the signature: does it have the same %s?", signingKey)
	case resp.StatusCode >= 500:
		return fmt.Errorf("the receiver failed: Nango would deliver again after 3 s, and after 6 s more")
	}
	return fmt.Errorf("the receiver did not acknowledge it: Nango would not deliver again")
}

// keyAndBody returns the key of webhooks, and the bytes of the file or of standard input.
func (a *app) keyAndBody(cmd *cobra.Command, args []string) (key string, body []byte, err error) {
	set, err := a.load()
	if err != nil {
		return "", nil, err
	}
	if key, err = set.signingKey(); err != nil {
		return "", nil, err
	}
	body, err = read(cmd, args)
	return key, body, err
}

// maxBody is the size of a body that a receiver of [webhook.NewHandler] still reads if its Config names no other.
const maxBody = 5 << 20

// read reads the file of the arguments, or standard input.
func read(cmd *cobra.Command, args []string) ([]byte, error) {
	in := cmd.InOrStdin()
	if name := inputName(args); name != standardInput {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	body, err := io.ReadAll(io.LimitReader(in, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = fmt.Errorf("%s has more than %d MiB, which is more than a receiver reads", inputName(args), maxBody>>20)
	}
	return body, err
}

const standardInput = "standard input"

// inputName is what the errors call the body.
func inputName(args []string) string {
	if len(args) > 0 && args[0] != "-" {
		return args[0]
	}
	return standardInput
}
