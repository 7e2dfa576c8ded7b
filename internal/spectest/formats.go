package spectest

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Formats names every string format that is judged; kin-openapi lets values of any other format pass.
//
// Package reqschema judges the same formats by expressions of its own. The two stay apart, so that the recordings can show
// where they disagree.
var Formats = []string{"date-time", "email", "uri", "utc-time", "uuid"}

// visitOptions keep errors to one line and add the formats that kin-openapi leaves to its users.
var visitOptions = []openapi3.SchemaValidationOption{
	openapi3.DisableSchemaErrorDetails(),
	openapi3.WithStringFormatValidators(map[string]openapi3.StringFormatValidator{
		"email":    match(`^([A-Za-z0-9_'+-]+\.)*[A-Za-z0-9_'+-]*[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}$`),
		"uuid":     match(`^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|0{8}(-0{4}){3}-0{12})$`),
		"uri":      openapi3.NewCallbackValidator(absoluteURL),
		"utc-time": match(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?Z$`),
	}),
}

func match(pattern string) openapi3.StringFormatValidator {
	re := regexp.MustCompile(pattern)
	return openapi3.NewCallbackValidator(func(value string) error {
		if !re.MatchString(value) {
			return fmt.Errorf("does not match %s", pattern)
		}
		return nil
	})
}

func absoluteURL(value string) error {
	parsed, err := url.Parse(strings.TrimSpace(value))
	if err == nil && (parsed.Scheme == "" || parsed.Host == "" && parsed.Opaque == "") {
		err = fmt.Errorf("%q is not an absolute URL", value)
	}
	return err
}
