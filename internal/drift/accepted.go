package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/nango-go/sdk/internal/release"
)

// accepted are the differences that are right, from accepted.txt: paragraphs of a reason, in lines that begin with #, and below
// it the differences that it explains, each as the table names it. A line such as
//
//	GET /connections is declared as GET /connection
//
// also says with what the operation is compared. A line can end with the releases that it holds for, the others need it not:
// "(since 0.71.10)", "(until 0.71.9)", or "(since 0.71.7, until 0.71.9)".
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

var spanned = regexp.MustCompile(`^(.*) \((?:since ([^,)]+)|until ([^,)]+)|since ([^,)]+), until ([^,)]+))\)$`)

// readAccepted leaves out the lines that are not about a release.
func readAccepted(data []byte, of string) (*accepted, error) {
	read := &accepted{}
	empty := true
	seen := map[string]bool{}
	reason := false
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			reason = false
		case strings.HasPrefix(line, "#"):
			// A bare # ends no reason, but is none.
			reason = reason || strings.Trim(line, "# ") != ""
		case !reason:
			return nil, fmt.Errorf("line %d has no reason above it: %s", i+1, line)
		case seen[line]:
			return nil, fmt.Errorf("line %d is there twice: %s", i+1, line)
		default:
			seen[line] = true
			empty = false
			if m := spanned.FindStringSubmatch(line); m != nil {
				span := release.Span{Since: m[2] + m[4], Until: m[3] + m[5]}
				for _, end := range []string{span.Since, span.Until} {
					if end != "" && !release.Valid(end) {
						return nil, fmt.Errorf("line %d: %s is no release such as 0.71.10: %s", i+1, end, line)
					}
				}
				if line = m[1]; !span.Has(of) {
					continue
				}
			}
			read.lines = append(read.lines, line)
			if m := aliasLine.FindStringSubmatch(line); m != nil {
				read.aliases = append(read.aliases, alias{what: line, of: route(m[1], m[2]), declared: route(m[3], m[4])})
			}
		}
	}
	if empty {
		return nil, errors.New("no accepted differences: the file is empty")
	}
	return read, nil
}
