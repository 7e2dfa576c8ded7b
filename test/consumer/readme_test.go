package consumer

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// frame is what a snippet of the README may use beside the packages: the names that stand around it in a program.
const frame = `package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/doctor"
	"github.com/nango-go/sdk/nango/nangooauth"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/sqlcursor"
	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

var (
	_ = errors.New
	_ = fmt.Println
	_ = io.EOF
	_ = os.Getenv
	_ = slices.Clone[[]string]
	_ = consume.Restart
	_ = sqlcursor.New
	_ = doctor.Run
	_ = nangooauth.HTTPClient
	_ = nangotest.New
	_ = webhook.Verify
	_ = webhooktest.Sign
	_ = time.Now
)

func snippet(ctx context.Context, client *nango.Client, connection *nango.ConnectionHandle, db *sql.DB, t *testing.T) error {
	var (
		handler    http.Handler
		loadCursor = func() string { return "" }
		saveCursor = func(string) {}
		remove     = func(string) {}
		upsert     = func(string, string) {}
		use        = func(string) {}
	)
	_, _, _, _, _, _ = handler, loadCursor, saveCursor, remove, upsert, use
	{
SNIPPET
	}
	return nil
}

func main() { snippet(nil, nil, nil, nil, nil) }
`

var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

// Every Go block of the README and of the pages compiles.
func TestDocsCompile(t *testing.T) {
	if testing.Short() {
		return // it takes long
	}
	pages, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	var blocks [][]string
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		blocks = append(blocks, goBlock.FindAllStringSubmatch(string(text), -1)...)
	}
	require.Greater(t, len(blocks), len(pages))
	dir := newModule(t)
	for i, block := range blocks {
		program := block[1]
		if !strings.HasPrefix(program, "package ") {
			program = strings.Replace(frame, "SNIPPET", program, 1)
		}
		name := filepath.Join(dir, "block"+strconv.Itoa(i), "main.go")
		require.NoError(t, os.Mkdir(filepath.Dir(name), 0o700))
		require.NoError(t, os.WriteFile(name, []byte(program), 0o600))
	}
	goTool(t, dir, "build", "-mod=mod", "./...")
}
