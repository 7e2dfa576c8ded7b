package nango

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/nango-go/sdk/internal/jsonx"
)

// said is what a body says about a refusal.
type said struct {
	limited    bool // the provider names a rate limit
	otherCause bool // the provider names a cause of a 429 that is no rate limit
	nango      bool // it is Nango's own rate limit
	wait       any  // how long to wait: a json.Number of seconds, or the text of a duration
	status     int
	thrown     bool // the body is what an action threw
}

func (s said) reset(at time.Time) time.Time {
	switch wait := s.wait.(type) {
	case json.Number:
		return secondsAfter(wait.String(), at)
	case string:
		return timeOf(wait, at)
	}
	return time.Time{}
}

// rateCodes are the codes and reasons with which providers name a rate limit, in lower case and without separators.
var rateCodes = map[string]bool{
	"ratelimit": true, "ratelimits": true, "ratelimited": true, "ratelimitexceeded": true, "ratelimitreached": true, "ratelimiterror": true,
	"userratelimitexceeded": true, "dailylimitexceeded": true, "requestlimitexceeded": true, "toomanyrequests": true,
	"throttled": true, "throttling": true, "throttlingexception": true, "throttledexception": true, "requestthrottled": true,
	"activitylimitreached": true, "sssrequestlimitexceeded": true,
}

// otherCauses are codes of a 429 for which it does not help to wait for a window: an account without credit, a plan
// that is used up, and an object that is locked.
var otherCauses = map[string]bool{
	"insufficientquota": true, "creditbalanceexhausted": true, "organizationspendlimitexceeded": true, "projectspendlimitexceeded": true,
	"organizationusagelimitexceeded": true, "publicapibillinglimitexceeded": true, "locktimeout": true,
}

// codeKeys are the keys under which a code or a reason is looked for, and errorKeys those that are followed to find them.
// The rest of a body can be data of a user.
var (
	codeKeys = map[string]bool{
		"code": true, "error": true, "errorcode": true, "errorsummary": true, "errortype": true, "name": true, "reason": true,
		"status": true, ".tag": true, "type": true,
	}
	errorKeys = map[string]bool{"error": true, "errors": true, "extensions": true, "details": true, "fault": true, "payload": true}
)

// netSuiteLimit is a code that actions put into all kinds of texts, and that means nothing else.
const netSuiteLimit = "SSS_REQUEST_LIMIT_EXCEEDED"

// readRefusal reads the body of a response.
func readRefusal(status int, body []byte) said {
	s := said{status: status}
	content := decodeAny(body)
	if status/100 != 2 {
		s.read(content)
		s.nango = isNangoLimit(body)
		return s
	}
	object, _ := content.(map[string]any)
	s.read(object["errors"])
	if object["ok"] == false {
		s.code(object["error"])
	}
	return s
}

// readThrown reads what an action threw: its payload, which can be any JSON, and the message of the error.
func readThrown(payload json.RawMessage, message string) said {
	s := said{thrown: true}
	s.read(decodeAny(payload))
	s.text(message)
	return s
}

// mayFail reports whether the beginning of a success can become a failure: it is an object with errors, or with "ok": false.
func mayFail(body []byte) bool {
	text := bytes.TrimLeft(jsonx.TrimMark(body), " \t\r\n")
	if len(text) > 0 && text[0] != '{' {
		return false
	}
	for key, value := range jsonx.Members(body) {
		if key == "errors" || key == "ok" && string(value) == "false" {
			return true
		}
		if key != "data" && key != "extensions" || len(value) > 0 && value[0] == '{' && len(value) > 4<<10 {
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
	return content
}

func (s *said) read(content any) {
	switch content := content.(type) {
	case []any:
		for _, item := range content {
			s.read(item)
		}
	case map[string]any:
		for key, value := range content {
			switch name := squash(key); {
			case name == "retryafter" || name == "retryinseconds":
				if _, ok := value.(json.Number); ok {
					s.wait = value
				}
			case name == "retrydelay":
				if _, ok := value.(string); ok {
					s.wait = value
				}
			case name == "message":
				s.text(value)
			default:
				if codeKeys[name] {
					s.code(value)
				}
				if errorKeys[name] {
					s.read(value)
				}
			}
		}
		s.limited = s.limited || isMetaLimit(content)
	case string:
		s.text(content)
	}
}

// code looks for a code of a rate limit. It can be the first part of a text ("too_many_requests/.."), or the last part
// ("com.amazon#ThrottlingException").
func (s *said) code(value any) {
	text, _ := value.(string)
	text, _, _ = strings.Cut(text, "/")
	if _, name, ok := strings.Cut(text, "#"); ok {
		text = name
	}
	code := squash(text)
	s.limited = s.limited || rateCodes[code]
	s.otherCause = s.otherCause || otherCauses[code]
}

// text looks at a message. Texts are not certain, except those of GitHub's 403, and the code of NetSuite. An action often
// throws the body of a response as a text.
func (s *said) text(value any) {
	text, _ := value.(string)
	switch {
	case strings.Contains(text, netSuiteLimit):
		s.limited = true
	case s.status == http.StatusForbidden:
		s.limited = s.limited || strings.HasPrefix(text, "API rate limit exceeded") || strings.Contains(text, "secondary rate limit")
	case s.thrown:
		if start := strings.IndexByte(text, '{'); start >= 0 {
			s.read(decodeAny([]byte(text[start:])))
		}
	}
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

// isNangoLimit recognises the body of Nango's own 429. An action that calls Nango's API can also get one.
func isNangoLimit(body []byte) bool {
	var envelope struct {
		Error envelopeError `json:"error"`
	}
	if jsonx.Unmarshal(body, &envelope) != nil {
		return false
	}
	code, _ := jsonx.Unquote(envelope.Error.Code)
	return code == "too_many_request" && envelope.Error.Method != nil && envelope.Error.Path != nil
}

// squash makes the spellings of a name equal: errorCode, error_code, error-code.
func squash(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(name))
}
