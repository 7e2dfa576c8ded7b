package nango

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nango-go/sdk/internal/jsonx"
)

// said is what a body says about a refusal.
type said struct {
	limited    bool // the provider names a rate limit
	otherCause bool // the provider names a cause of a 429 that is no rate limit
	nango      bool // it is Nango's own rate limit
	waits      []string
	status     int  // of the response
	thrown     bool // the body is what an action threw
}

// reset returns when all waits are over, or zero if there are none.
func (s said) reset(at time.Time) (reset time.Time) {
	for _, wait := range s.waits {
		if end := timeOf(wait, at); end.After(reset) {
			reset = end
		}
	}
	return reset
}

// rateCodes are the codes and reasons with which providers name a rate limit, in lower case and without separators. A mere
// "rate_limit" can be the name of a field.
var rateCodes = map[string]bool{
	"ratelimited": true, "ratelimitexceeded": true, "ratelimitreached": true, "ratelimiterror": true,
	"userratelimitexceeded": true, "dailylimitexceeded": true, "requestlimitexceeded": true, "toomanyrequests": true,
	"throttled": true, "throttlingexception": true, "throttledexception": true, "requestthrottled": true, "toomanyrequestsexception": true,
	"activitylimitreached": true, "sssrequestlimitexceeded": true,
}

// otherCauses are codes of a 429 for which it does not help to wait for a window: an account without credit, a plan
// that is used up, and an object that is locked.
var otherCauses = map[string]bool{
	"insufficientquota": true, "creditbalanceexhausted": true, "organizationspendlimitexceeded": true, "projectspendlimitexceeded": true,
	"organizationusagelimitexceeded": true, "publicapibillinglimitexceeded": true, "locktimeout": true,
}

// codeKeys are the keys under which a code or a reason is looked for, and errorKeys those that are followed to find them.
// The rest of a body can be data of a user. thrownKeys are followed in what an action threw, such as an error of axios.
var (
	codeKeys   = map[string]bool{"code": true, "error": true, "errorcode": true, "errorsummary": true, "errortype": true, "reason": true, "type": true}
	errorKeys  = map[string]bool{"error": true, "errors": true, "extensions": true, "fault": true, "errordetails": true}
	thrownKeys = map[string]bool{"payload": true, "cause": true, "data": true, "body": true, "response": true}
)

// readRefusal reads the body of a response.
func readRefusal(status int, body []byte) said {
	s := said{status: status}
	content := decodeAny(body)
	if status != http.StatusOK {
		s.limited = s.read(content)
		return s
	}
	object, _ := content.(map[string]any)
	s.limited = object["ok"] == false && s.code(object["error"]) || isGraphQLFailure(object) && s.read(object["errors"])
	return s
}

// readThrown reads what an action threw: its payload, which can be any JSON, and the message of the error.
func readThrown(payload json.RawMessage, message string) said {
	s := said{thrown: true}
	inPayload, inMessage := s.read(decodeAny(payload)), s.text(message)
	s.limited = inPayload || inMessage
	return s
}

// isGraphQLFailure reports whether a success is a response of GraphQL without data. A list of errors beside results is about
// a part of them.
func isGraphQLFailure(object map[string]any) bool {
	for key, value := range object {
		if key != "errors" && key != "extensions" && (key != "data" || value != nil) {
			return false
		}
	}
	items, _ := object["errors"].([]any)
	return !slices.ContainsFunc(items, func(item any) bool {
		found, _ := item.(map[string]any)
		_, ok := found["message"].(string) // each error of GraphQL has one
		return !ok
	})
}

// mayFail reports whether the beginning of a success can become a failure: of GraphQL, or with "ok": false.
func mayFail(body []byte) bool {
	text := bytes.TrimLeft(jsonx.TrimMark(body), " \t\r\n")
	if len(text) > 0 && text[0] != '{' {
		return false
	}
	for key, value := range jsonx.Members(body) {
		switch key {
		case "errors":
			return true
		case "ok":
			return strings.HasPrefix("false", string(value))
		case "data":
			if !strings.HasPrefix("null", string(value)) {
				return false
			}
		case "extensions":
			if len(value) > 4<<10 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// decodeAny returns nil for what is not JSON.
func decodeAny(data []byte) (content any) {
	decoder := json.NewDecoder(bytes.NewReader(jsonx.TrimMark(data)))
	decoder.UseNumber()
	if decoder.Decode(&content) != nil {
		return nil
	}
	if _, err := decoder.Token(); err != io.EOF { // more follows
		return nil
	}
	return content
}

// read reports whether a value names a rate limit.
func (s *said) read(content any) (limited bool) {
	switch content := content.(type) {
	case []any:
		limited = len(content) > 0
		for _, item := range content {
			limited = s.read(item) && limited // otherwise one row of several can be limited
		}
	case map[string]any:
		return s.readObject(content)
	case string:
		return s.text(content)
	}
	return limited
}

func (s *said) readObject(object map[string]any) (limited bool) {
	s.nango = s.nango || isNangoLimit(object)
	for key, value := range object {
		found := false
		switch name := squash(strings.TrimPrefix(key, "o:")); { // NetSuite has "o:errorCode"
		case name == "retryafter" || name == "retryinseconds" || name == "retrydelay":
			switch value := value.(type) {
			case json.Number:
				s.waits = append(s.waits, value.String())
			case string:
				s.waits = append(s.waits, value)
			}
		case name == "message":
			text, _ := value.(string)
			found = s.text(text)
		case name == "details": // Google has the time here, and others the input
			s.read(value)
		default:
			found = codeKeys[name] && s.code(value)
			if errorKeys[name] || s.thrown && thrownKeys[name] {
				found = s.read(value) || found
			}
		}
		limited = limited || found
	}
	return (limited || isMetaLimit(object)) && !isValidation(object)
}

// code reports whether a value is a code of a rate limit. It can be the first part of a text ("too_many_requests/..",
// "ThrottlingException:http://…"), or the last part ("com.amazon#ThrottlingException").
func (s *said) code(value any) bool {
	text, _ := value.(string)
	text, _, _ = strings.Cut(text, ":")
	text, _, _ = strings.Cut(text, "/")
	if _, name, ok := strings.Cut(text, "#"); ok {
		text = name
	}
	code := squash(text)
	s.otherCause = s.otherCause || otherCauses[code]
	return rateCodes[code]
}

var (
	// gitHubLimit is how the messages of GitHub's 403 begin, today and on older servers.
	gitHubLimit = regexp.MustCompile(`^(API rate limit exceeded|You have exceeded a secondary rate limit|You have triggered an abuse detection mechanism)`)
	// netSuiteLimit is a code that actions throw as a text.
	netSuiteLimit = regexp.MustCompile(`^SSS_REQUEST_LIMIT_EXCEEDED(:|$)`)
	// jsonAtEnd finds the body of a response that an action threw as a text: alone, or after "HTTP 429:".
	jsonAtEnd = regexp.MustCompile(`(?s)^(?:.*?:\s*)??([{\[].*)$`)
)

// text reports whether a message names a rate limit. Other texts than these are not certain.
func (s *said) text(text string) bool {
	if !s.thrown {
		if strings.HasPrefix(text, "[") { // Nango puts a list that made an action fail into a message
			return s.read(decodeAny([]byte(text)))
		}
		return s.status == http.StatusForbidden && gitHubLimit.MatchString(text)
	}
	if match := jsonAtEnd.FindStringSubmatch(text); match != nil {
		return s.read(decodeAny([]byte(match[1])))
	}
	return netSuiteLimit.MatchString(text)
}

// isMetaLimit recognises an error of the Graph API of Meta, whose codes are numbers: limits of an app, a user, a page, a
// custom one, and those of the business use cases.
func isMetaLimit(object map[string]any) bool {
	code, _ := object["code"].(json.Number)
	n, err := code.Int64()
	if err != nil || object["fbtrace_id"] == nil {
		return false
	}
	return n == 4 || n == 17 || n == 32 || n == 613 || n >= 80000 && n <= 80014
}

// isNangoLimit recognises the error of Nango's own 429. An action that calls Nango's API can also get one.
func isNangoLimit(object map[string]any) bool {
	code, _ := object["code"].(string)
	return strings.HasPrefix(code, "too_many_request") && object["method"] != nil && object["path"] != nil
}

// isValidation recognises an error about the input, which can quote a code.
func isValidation(object map[string]any) bool {
	for _, key := range []string{"type", "code", "name", "error"} {
		if text, _ := object[key].(string); strings.Contains(strings.ToLower(text), "validation") {
			return true
		}
	}
	return false
}

// squash makes the spellings of a name equal: errorCode, error_code, error-code.
func squash(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
}
