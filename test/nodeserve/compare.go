package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/nango-go/sdk/internal/spectest"
	"github.com/nango-go/sdk/test/recordings"
)

// call is a call of a method of the Node SDK.
type call struct {
	Method    string     `json:"method"`
	Error     string     `json:"error"`
	Responses []response `json:"responses"`
}

// response is what the method got.
type response struct {
	Method string          `json:"method"`
	Target string          `json:"target"`
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"`
}

// keys are those of a response, as JSON pointers.
type keys struct {
	all   []string
	nulls []string // of the whole body, below which there is nothing to compare
}

// kind is what responses are compared within.
type kind struct {
	operation string
	status    int
}

// compare returns the differences, each once, in the order of the calls.
func compare(validator *spectest.Validator, recorded []*recordings.Exchange, calls []call) (found []string, err error) {
	known := map[kind][]keys{}
	for _, r := range recorded {
		op, err := validator.Operation(r.Request.Method, slashless(r.Request.Target))
		if errors.Is(err, spectest.ErrNoOperation) {
			continue
		}
		if err != nil {
			return nil, err
		}
		of := kind{op.OperationID, r.Response.Status}
		known[of] = append(known[of], keysOf(validator, r.Request.Method, r.Request.Target, r.Response.Status, []byte(r.Response.Body)))
	}
	note := func(format string, values ...any) {
		if line := fmt.Sprintf(format, values...); !slices.Contains(found, line) {
			found = append(found, line)
		}
	}
	for _, c := range calls {
		if c.Error != "" {
			note("%s fails: %s", c.Method, c.Error)
		}
		for _, r := range c.Responses {
			op, err := validator.Operation(r.Method, slashless(r.Target))
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", r.Method, r.Target, err)
			}
			given := known[kind{op.OperationID, r.Status}]
			if len(given) == 0 {
				note("%s: %d is not recorded", op.OperationID, r.Status)
				continue
			}
			if strings.HasPrefix(r.Target, "/proxy/") { // the keys are the provider's
				continue
			}
			for _, line := range nearest(keysOf(validator, r.Method, r.Target, r.Status, r.Body), given) {
				note("%s %d: %s", op.OperationID, r.Status, line)
			}
		}
	}
	return found, nil
}

// slashless removes the slash that the Node SDK writes between a path and its query.
func slashless(target string) string {
	path, query, asks := strings.Cut(target, "?")
	path = strings.TrimSuffix(path, "/")
	if asks {
		return path + "?" + query
	}
	return path
}

// nearest compares with the recording that differs least.
func nearest(got keys, recorded []keys) (least []string) {
	for i, want := range recorded {
		differences := got.compare(want)
		if i == 0 || len(differences) < len(least) {
			least = differences
		}
	}
	return least
}

func (k keys) compare(want keys) (differences []string) {
	mine, theirs := k.without(want.nulls), want.without(k.nulls)
	for _, key := range mine {
		if !slices.Contains(theirs, key) {
			differences = append(differences, key+" is not in the recording")
		}
	}
	for _, key := range theirs {
		if !slices.Contains(mine, key) {
			differences = append(differences, key+" is missing")
		}
	}
	return differences
}

func (k keys) without(nulls []string) []string {
	return slices.DeleteFunc(slices.Clone(k.all), func(key string) bool {
		return slices.ContainsFunc(nulls, func(null string) bool { return strings.HasPrefix(key, null+"/") })
	})
}

// keysOf returns the keys of a body but for free-form ones. A body that is not JSON has none.
func keysOf(validator *spectest.Validator, method, target string, status int, body []byte) (k keys) {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return k
	}
	shape, err := validator.Shape(method, slashless(target), status, body)
	if err != nil {
		return k
	}
	k.all = slices.DeleteFunc(shape, func(key string) bool { return strings.HasSuffix(key, "/*") })
	collectNulls("", value, &k.nulls)
	return k
}

func collectNulls(at string, value any, nulls *[]string) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			collectNulls(at+"/"+key, inner, nulls)
		}
	case []any:
		for _, inner := range value {
			collectNulls(at+"/[]", inner, nulls)
		}
	case nil:
		if at != "" { // a body that is null lacks everything
			*nulls = append(*nulls, at)
		}
	}
}

// readReasons reads paragraphs of a reason, in lines that begin with #, and below it the differences that it explains.
func readReasons(text string) (map[string]string, error) {
	reasons := map[string]string{}
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		reason := ""
		for line := range strings.Lines(paragraph) {
			switch line = strings.TrimSpace(line); {
			case strings.HasPrefix(line, "#"):
				reason = strings.TrimSpace(reason + " " + strings.Trim(line, "# "))
			case reason == "":
				return nil, fmt.Errorf("accepted.txt: there is no reason above %q", line)
			case reasons[line] != "":
				return nil, fmt.Errorf("accepted.txt: %q is there twice", line)
			default:
				reasons[line] = reason
			}
		}
	}
	return reasons, nil
}

// report prints the differences, and returns 1 if one is new or gone.
func report(out io.Writer, calls []call, found []string, reasons map[string]string) (code int) {
	methods := map[string]bool{}
	for _, c := range calls {
		methods[c.Method] = true
	}
	fmt.Fprintf(out, "%d calls of %d methods, %d differences\n", len(calls), len(methods), len(found))
	for _, line := range found {
		if reasons[line] == "" {
			fmt.Fprintln(out, "new:", line)
			code = 1
			continue
		}
		fmt.Fprintf(out, "accepted: %s (%s)\n", line, reasons[line])
	}
	for _, line := range slices.Sorted(maps.Keys(reasons)) {
		if !slices.Contains(found, line) {
			fmt.Fprintln(out, "gone, so remove it from accepted.txt:", line)
			code = 1
		}
	}
	return code
}
