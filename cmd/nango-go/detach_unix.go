//go:build unix

package main

import "syscall"

// detached starts a program in a session of its own, so that Ctrl-C does not reach it.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
