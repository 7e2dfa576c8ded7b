package sqlcursor_test

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
)

const missing = "this test needs an installed PostgreSQL, and there is no %s in PATH or in /usr/lib/postgresql/*/bin: " +
	"on Debian and Ubuntu, apt-get install postgresql (it need not run)"

// stopPostgres ends the server, if a test has started it.
var stopPostgres = func() {}

// startPostgres starts a server of this test alone, on a free port of the loopback interface and in a new folder, and
// returns its URL without the name of a database.
var startPostgres = sync.OnceValues(func() (url string, err error) {
	initdb, err := program("initdb")
	if err != nil {
		return "", err
	}
	control, err := program("pg_ctl")
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "nango-postgres")
	if err != nil {
		return "", err
	}
	stopPostgres = func() { _ = os.RemoveAll(dir) }
	owner, err := otherUser()
	if err != nil {
		return "", err
	}
	if owner != nil {
		if err := os.Chown(dir, int(owner.Uid), int(owner.Gid)); err != nil {
			return "", err
		}
	}
	as := &syscall.SysProcAttr{Credential: owner, Setpgid: true} // a group of its own, so that Ctrl-C does not end the shell
	create := exec.Command(initdb, "-D", dir+"/data", "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--no-locale")
	create.SysProcAttr, create.Dir = as, dir
	if out, err := create.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w\n%s", err, out)
	}
	for range 3 { // another program can take the port first
		if url, err = run(control, dir, as); err == nil {
			return url, nil
		}
	}
	return "", err
})

// run starts the server and returns when it accepts connections. The shell stops it and removes its folder when this
// process closes the pipe, also by its death.
func run(control, dir string, as *syscall.SysProcAttr) (url string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	if err := listener.Close(); err != nil {
		return "", err
	}
	cmd := exec.Command("sh", "-c", `"$1" -D data -w -s -l log -o "$2" start || exit; echo ready; read end; "$1" -D data -s -m immediate stop; rm -rf "$3"`,
		"sh", control, "-h 127.0.0.1 -p "+port+" -c unix_socket_directories= -c fsync=off -c max_connections=100", dir)
	cmd.SysProcAttr, cmd.Dir = as, dir
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return "", err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		log, _ := os.ReadFile(dir + "/log")
		return "", errors.Join(fmt.Errorf("pg_ctl start: %w\n%s%s", err, line, log), pipe.Close(), cmd.Wait())
	}
	stopPostgres = func() {
		_ = pipe.Close()
		_ = cmd.Wait()
	}
	return "postgres://postgres@127.0.0.1:" + port, nil
}

// program finds a program of PostgreSQL, the newest if there are several.
func program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf(missing, name)
	}
	slices.Sort(found)
	return found[len(found)-1], nil
}

// otherUser returns a user to run the server as, since it refuses to run as root; nil if this process is not root.
func otherUser() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(found.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(found.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as")
}

var databases int

// newPostgres returns the URL of a new database.
func newPostgres(t *testing.T) string {
	t.Helper()
	url, err := startPostgres()
	require.NoError(t, err)
	admin, err := sql.Open("pgx", url+"/postgres")
	require.NoError(t, err)
	defer admin.Close()
	databases++
	name := "test" + strconv.Itoa(databases)
	_, err = admin.ExecContext(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	return url + "/" + name
}
