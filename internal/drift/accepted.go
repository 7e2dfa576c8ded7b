package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// accepted are the differences that are right, from accepted.txt: paragraphs of a reason, in lines that begin with #, and below
// it the differences that it explains, each as the table names it. A line such as
//
//	GET /connections is declared as GET /connection
//
// also says with what the operation is compared.
type accepted struct {
	lines   []string
	aliases []alias
}

// alias is an operation of the document that the types declare by another method and path.
type alias struct {
	what         string
	of, declared string // routes
}

var aliasLine = regexp.MustCompile(`^([A-Z]+) (/\S*) is declared as ([A-Z]+) (/\S*)$`)

func readAccepted(data []byte) (*accepted, error) {
	read := &accepted{}
	seen := map[string]bool{}
	reason := false
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			reason = false
		case strings.HasPrefix(line, "#"):
			reason = true
		case !reason:
			return nil, fmt.Errorf("line %d has no reason above it: %s", i+1, line)
		case seen[line]:
			return nil, fmt.Errorf("line %d is there twice: %s", i+1, line)
		default:
			seen[line] = true
			read.lines = append(read.lines, line)
			if m := aliasLine.FindStringSubmatch(line); m != nil {
				read.aliases = append(read.aliases, alias{what: line, of: route(m[1], m[2]), declared: route(m[3], m[4])})
			}
		}
	}
	if len(read.lines) == 0 {
		return nil, errors.New("no accepted differences: the file is empty")
	}
	return read, nil
}
