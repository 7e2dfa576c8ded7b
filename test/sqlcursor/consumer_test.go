package sqlcursor_test

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
)

// steps counts what a consumer does, and ends its process at one of the steps.
type steps struct {
	count atomic.Int64
	last  int64
	// announce has the step told to the parent instead, which then kills the process at some later point, as in the
	// middle of a write.
	announce bool
}

func (s *steps) step() {
	if s.count.Add(1) != s.last {
		return
	}
	if s.announce {
		fmt.Println("now")
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// RoundTrip is a step before and after each request.
func (s *steps) RoundTrip(req *http.Request) (*http.Response, error) {
	s.step()
	defer s.step()
	return http.DefaultTransport.RoundTrip(req)
}

// stepping is a store with a step before and after each call.
type stepping struct {
	consume.Store
	*steps
}

func (s stepping) Load(ctx context.Context, key consume.Key) (consume.SavedCursor, bool, error) {
	s.step()
	defer s.step()
	return s.Store.Load(ctx, key)
}

func (s stepping) Save(ctx context.Context, key consume.Key, prev *consume.SavedCursor, next consume.SavedCursor) error {
	s.step()
	defer s.step()
	return s.Store.Save(ctx, key, prev, next)
}

// consumer is a process that copies the records once, until the end. The environment says how, and where it is killed.
func consumer() {
	if err := consumeOnce(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func consumeOnce(ctx context.Context) error {
	s := &steps{announce: os.Getenv("ANNOUNCE") != ""}
	var err error
	if s.last, err = strconv.ParseInt(os.Getenv("STEP"), 10, 64); err != nil {
		return err
	}
	reading, err := strconv.Atoi(os.Getenv("READING"))
	if err != nil {
		return err
	}
	db, err := openDatabase(os.Getenv("DRIVER"), os.Getenv("SOURCE"))
	if err != nil {
		return err
	}
	defer db.Close()
	client, err := nango.New(os.Getenv("KEY"), nango.WithBaseURL(os.Getenv("NANGO")), nango.WithHTTPClient(&http.Client{Transport: s}))
	if err != nil {
		return err
	}
	kind := os.Getenv("CONSUMER")
	store, err := storeOf(kind, db, os.Getenv("DIR"))
	if err != nil {
		return err
	}
	params := consume.Params{Name: "killed", Model: "Issue", Store: stepping{store, s}, PageSize: 3}
	result, err := consume.Run(ctx, client.Connection("tracker", "acme"), params, func(ctx context.Context, page *consume.Page[issue]) error {
		if !strings.HasSuffix(kind, "transaction") {
			return db.write(ctx, db, page, reading, s.step)
		}
		return db.inTransaction(ctx, page, func(tx *sql.Tx) error {
			s.step()
			defer s.step()
			return db.write(ctx, tx, page, reading, s.step)
		})
	})
	s.step()
	if err != nil || !result.ReachedEnd {
		return cmp.Or(err, errors.New("the end was not reached"))
	}
	// Rows of an earlier reading are gone at the provider: see "Start again" in the documentation of package consume.
	return db.do(ctx, db, "DELETE FROM issues WHERE reading < ?", reading)
}

// storeOf returns the store of a kind of consumer.
func storeOf(kind string, db *database, dir string) (consume.Store, error) {
	switch kind {
	case "memory":
		return new(consume.MemoryStore), nil
	case "file":
		return consume.NewFileStore(dir)
	default:
		return db.cursors, nil
	}
}
