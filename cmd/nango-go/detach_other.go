//go:build !unix && !windows

package main

import "syscall"

// detached does nothing: there are no process groups here.
func detached() *syscall.SysProcAttr { return nil }
