//go:build unix

// Package pgserver starts a PostgreSQL of its own for tests, from the installed programs, and as another user if this process
// is root.
package pgserver

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

const missing = "this needs an installed PostgreSQL, and there is no %s in PATH or in /usr/lib/postgresql/*/bin: " +
	"on Debian and Ubuntu, apt-get install postgresql (it need not run)"

// Server is a running PostgreSQL on a free port of the loopback interface, with its data in a new folder. It ends with this
// process, also if that is killed.
type Server struct {
	// URL is the server's URL without the name of a database. The superuser needs no password.
	URL string

	cmd  *exec.Cmd
	pipe io.WriteCloser
	out  *bufio.Reader
}

// Start starts a server. If PostgreSQL is not installed, the error is one sentence that says what to install.
func Start() (*Server, error) {
	initdb, err := program("initdb")
	if err != nil {
		return nil, err
	}
	control, err := program("pg_ctl")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "nango-postgres")
	if err != nil {
		return nil, err
	}
	s, err := start(initdb, control, dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

func start(initdb, control, dir string) (s *Server, err error) {
	owner, err := otherUser()
	if err != nil {
		return nil, err
	}
	if owner != nil {
		if err := os.Chown(dir, int(owner.Uid), int(owner.Gid)); err != nil {
			return nil, err
		}
	}
	as := &syscall.SysProcAttr{Credential: owner, Setpgid: true} // a group of its own, so that Ctrl-C does not end the shell
	create := exec.Command(initdb, "-D", dir+"/data", "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--no-locale")
	create.SysProcAttr, create.Dir = as, dir
	if out, err := create.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	for range 3 { // another program can take the port first
		if s, err = run(control, dir, as); err == nil {
			return s, nil
		}
	}
	return nil, err
}

// run starts the server and returns when it accepts connections. For each line that the shell gets it ends the server, and
// starts it again after the seconds of the line. It stops the server and removes its folder when this process closes the pipe,
// also by its death.
func run(control, dir string, as *syscall.SysProcAttr) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	if err := listener.Close(); err != nil {
		return nil, err
	}
	s := &Server{URL: "postgres://postgres@127.0.0.1:" + port}
	s.cmd = exec.Command("sh", "-c", `"$1" -D data -w -s -l log -o "$2" start || exit; echo ready
		while read seconds; do "$1" -D data -w -s -m immediate stop; sleep "$seconds"; "$1" -D data -w -s -l log -o "$2" start || exit; echo ready; done
		"$1" -D data -s -m immediate stop; rm -rf "$3"`,
		"sh", control, "-h 127.0.0.1 -p "+port+" -c unix_socket_directories= -c fsync=off -c max_connections=100", dir)
	s.cmd.SysProcAttr, s.cmd.Dir = as, dir
	if s.pipe, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.out = bufio.NewReader(out)
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	if line, err := s.out.ReadString('\n'); err != nil {
		log, _ := os.ReadFile(dir + "/log")
		return nil, errors.Join(fmt.Errorf("pg_ctl start: %w\n%s%s", err, line, log), s.pipe.Close(), s.cmd.Wait())
	}
	return s, nil
}

// Restart ends the server as a crash does, starts it again after some seconds, and returns when it accepts connections.
func (s *Server) Restart(seconds int) error {
	if _, err := fmt.Fprintln(s.pipe, seconds); err != nil {
		return err
	}
	_, err := s.out.ReadString('\n')
	return err
}

// Stop stops the server and removes its data.
func (s *Server) Stop() {
	_ = s.pipe.Close()
	_ = s.cmd.Wait()
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
