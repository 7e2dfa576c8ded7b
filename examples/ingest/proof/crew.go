package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// crew are the worker processes.
type crew struct {
	world    *world
	database string

	mu      sync.Mutex
	serial  int
	workers []*process
}

// process is a worker process.
type process struct {
	id, url string
	cmd     *exec.Cmd
	out     *bufio.Reader
}

// start starts a worker process and waits until it receives webhooks.
func (c *crew) start(ctx context.Context) error {
	c.mu.Lock()
	c.serial++
	id := fmt.Sprint("worker-", c.serial)
	c.mu.Unlock()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), workerID+"="+id, workerDatabase+"="+c.database, workerNango+"="+c.world.url,
		workerKey+"="+c.world.nano.Key(), workerSigning+"="+c.world.nano.SigningKey())
	if c.world.plan.verbose {
		cmd.Stderr = os.Stderr
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p := &process{id: id, cmd: cmd, out: bufio.NewReader(out)}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return fmt.Errorf("%s did not start: %w\n%s", id, errors.Join(err, cmd.Process.Kill(), cmd.Wait()), line)
	}
	p.url = strings.TrimSpace(line)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.workers = append(c.workers, p)
	return nil
}

// kill kills a process with SIGKILL and returns its id: the one that holds a key, or any if that is gone. It is an error if the
// process had ended by itself.
func (c *crew) kill(holder string) (string, error) {
	id, _, _ := strings.Cut(holder, "/")
	c.mu.Lock()
	n := slices.IndexFunc(c.workers, func(p *process) bool { return p.id == id })
	if n < 0 {
		n = rand.IntN(len(c.workers))
	}
	victim := c.workers[n]
	c.workers = slices.Delete(c.workers, n, n+1)
	c.mu.Unlock()
	_ = victim.cmd.Process.Kill()
	last, _ := io.ReadAll(victim.out)
	if err := victim.cmd.Wait(); victim.cmd.ProcessState.Exited() {
		return "", fmt.Errorf("%s ended by itself: %w: %s", victim.id, err, last)
	}
	return victim.id, nil
}

// stop stops all processes as a deploy does, and reports those that did not end well.
func (c *crew) stop() error {
	c.mu.Lock()
	workers := c.workers
	c.workers = nil
	c.mu.Unlock()
	var errs []error
	for _, p := range workers {
		_ = p.cmd.Process.Signal(os.Interrupt)
	}
	for _, p := range workers {
		last, _ := io.ReadAll(p.out)
		if err := p.cmd.Wait(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w: %s", p.id, err, last))
		}
	}
	return errors.Join(errs...)
}

// deliver delivers an event to one process or another, three times at most, as Nango does, but in less time.
func (c *crew) deliver(ctx context.Context, event any) bool {
	for attempt := range 3 {
		if attempt > 0 && !pause(ctx, 300*time.Millisecond) {
			return false
		}
		c.mu.Lock()
		var url string
		if len(c.workers) > 0 {
			url = c.workers[rand.IntN(len(c.workers))].url
		}
		c.mu.Unlock()
		if url == "" {
			continue
		}
		req, err := webhooktest.NewRequest(ctx, url, c.world.nano.SigningKey(), event)
		if err != nil {
			panic(err) // the event is the harness's own
		}
		resp, err := http.DefaultClient.Do(req) // without a timeout: ctx or the death of the process ends it
		if err != nil {
			continue
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return true
		}
	}
	return false
}

// pause waits, and reports false if ctx ended before.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
