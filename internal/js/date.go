package js

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxDate is the last moment that a date can be, in milliseconds since 1970, and its negative the first.
const maxDate = 8.64e15

// Date is new Date() of a value that encoding/json decoded: a number is milliseconds since 1970, and so are null and booleans.
func Date(value any) (date time.Time, ok bool) {
	if text, isText := value.(string); isText {
		return ParseDate(text)
	}
	number := Number(value)
	_, isList := value.([]any)
	return time.UnixMilli(int64(number)), !isList && math.Abs(number) <= maxDate
}

// isoDate takes the forms of ISO 8601 apart that JavaScript reads.
var isoDate = regexp.MustCompile(
	`^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?\s*(?:Z|([+-]\d{2}):?(\d{2}))?)?$`)

// httpDate is the form of dates in headers.
const httpDate = "Mon, 02 Jan 2006 15:04:05 GMT"

// ParseDate reads dates of ISO 8601 and of HTTP, to the millisecond. Like JavaScript it takes the 30th of February for a day in
// March. What else JavaScript would guess at, such as "5", it does not take. Without an offset a time is UTC, the server's zone.
func ParseDate(text string) (date time.Time, ok bool) {
	parts := isoDate.FindStringSubmatch(text)
	if parts == nil {
		date, err := time.Parse(httpDate, text)
		return date, err == nil
	}
	number := func(i, otherwise int) int {
		if parts[i] == "" {
			return otherwise
		}
		n, _ := strconv.Atoi(parts[i])
		return n
	}
	year, month, day, hour, minute, second := number(1, 0), number(2, 1), number(3, 1), number(4, 0), number(5, 0), number(6, 0)
	ok = 1 <= month && month <= 12 && 1 <= day && day <= 31 && hour < 24 && minute < 60 && second < 60
	milli, _ := strconv.Atoi((parts[7] + "000")[:3])
	east := number(8, 0)*60 + number(9, 0)
	if strings.HasPrefix(parts[8], "-") {
		east = number(8, 0)*60 - number(9, 0)
	}
	return time.Date(year, time.Month(month), day, hour, minute-east, second, milli*int(time.Millisecond), time.UTC), ok
}
