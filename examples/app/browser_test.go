package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

var update = flag.Bool("update", false, "write the screenshots of the README")

// chromium returns the context of a page in a headless Chromium.
func chromium(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	require.NotEmpty(t, path, "this test needs Chromium: on Debian and Ubuntu, apt-get install -y chromium")
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.WindowSize(1100, 780))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, closePage := chromedp.NewContext(ctx)
	t.Cleanup(closePage)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// screenshot writes what the page shows for the README, with -update. Without it, the one that is there has to be small.
func screenshot(t *testing.T, name string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		path := filepath.Join("screenshots", name+".png")
		if *update {
			png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
			if err != nil {
				return err
			}
			require.NoError(t, os.WriteFile(path, png, 0o644))
		}
		info, err := os.Stat(path)
		require.NoError(t, err, "go test -run TestStory -update writes it")
		assert.Less(t, info.Size(), int64(150<<10), path)
		return nil
	})
}

// patiently begins an action anew when the page has replaced the element in the middle of it.
func patiently(action chromedp.Action[chromedp.Void]) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for {
			_, err := action(ctx, target)
			if err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "node with given id") {
				return err
			}
		}
	})
}

// shown waits until an element of the page has a text.
func shown(element, text string) chromedp.Action[chromedp.Void] {
	return patiently(chromedp.WaitVisible(chromedp.Search(fmt.Sprintf(`//%s[contains(., %q)]`, element, text))))
}

// rows waits until the table has so many rows.
func rows(least int) chromedp.Action[chromedp.Void] {
	return patiently(chromedp.WaitVisible(chromedp.Search(fmt.Sprintf(`(//tbody/tr)[%d]`, least))))
}

func click(selector string) chromedp.Action[chromedp.Void] {
	return patiently(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// The whole story of the README, in a real browser.
func TestStory(t *testing.T) {
	s := start(t)
	ctx := chromium(t)
	steps := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		require.NoError(t, chromedp.Do(ctx, actions...))
	}
	sync := chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		return s.client.Syncs.Trigger(ctx, "github", nango.AllSyncs(), nil)
	})
	console := chromedp.Console(ctx)

	steps(chromedp.Navigate(s.base), shown("h1", "Welcome to Tracker"), click(`button[value="acme"]`), shown("h1", "Integrations"))
	steps(click(`form[action="/integrations/github/connect"] button`), shown("h1", "Connect GitHub"), screenshot(t, "authorise"))
	steps(click("#authorise"), shown("p", "GitHub is connected."), shown("h1", "Connected"), rows(5))

	// The table grows while the page is open, and what is half typed stays.
	steps(chromedp.SendKeys(chromedp.CSS("#title"), "The logo is too small"), sync, rows(6), sync, rows(7), screenshot(t, "issues"))
	typed, err := chromedp.Run(ctx, chromedp.Value(chromedp.CSS("#title")))
	require.NoError(t, err)
	assert.Equal(t, "The logo is too small", typed)
	steps(click("#create"), shown("p", "The issue was created."), shown("td", "The logo is too small"))

	downloads, enabled := t.TempDir(), true
	progress := chromedp.Events(ctx, browser.DownloadProgress)
	_, err = chromedp.Call(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName, DownloadPath: downloads, EventsEnabled: &enabled,
	})
	require.NoError(t, err)
	steps(click("#download"), chromedp.WaitVisible(chromedp.Search(`//p[@data-progress]/span[number(substring-before(., " KB")) > 150]`)), screenshot(t, "download"), shown("p", "422 KB, complete"))
	for event, err := range progress {
		require.NoError(t, err)
		if event.State == browser.DownloadProgressStateCompleted {
			info, err := os.Stat(filepath.Join(downloads, event.GUID))
			require.NoError(t, err)
			assert.EqualValues(t, 12000*36, info.Size())
			break
		}
	}

	steps(click("#break"), shown("form", "GitHub no longer lets us in."), screenshot(t, "repair"))
	steps(click("#repair"), shown("h1", "Connect GitHub again"), click("#authorise"), shown("h1", "Connected"))
	steps(click(".brand"), shown("h1", "Integrations"), shown("li", "Connected"), screenshot(t, "integrations"))

	// On a phone nothing is wider than the screen.
	steps(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile), click(".connection"), shown("h1", "Connected"), screenshot(t, "phone"))
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > document.documentElement.clientWidth`))
	require.NoError(t, err)
	assert.False(t, wide)

	steps(chromedp.EmulateReset(), click("#disconnect"), shown("p", "GitHub is disconnected"), shown("li", "Not connected yet."))

	// Nothing was refused by the policy of the pages, and no script failed.
	steps(chromedp.Evaluate[chromedp.Void](`console.log("the end")`))
	for message, err := range console {
		require.NoError(t, err)
		if message.Text == "the end" {
			break
		}
		assert.NotContains(t, []string{"error", "exception"}, string(message.Type), message.String())
	}

	// The page of a connection that is deleted elsewhere leaves by itself.
	steps(click(`form[action="/integrations/linear/connect"] button`), click("#authorise"), rows(5), chromedp.Func(func(context.Context, *chromedp.Target) error {
		found, err := s.db.connections(t.Context(), "integration = 'linear'")
		if err == nil {
			s.demo.srv.Connection("linear", found[0].ID).Delete()
		}
		return err
	}), shown("h1", "Integrations"))
}
