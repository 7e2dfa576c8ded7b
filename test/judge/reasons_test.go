package judge

// reasons names the recordings that the server of package nangotest answers otherwise, each with why.
var reasons = map[string]string{
	"auth/connections-lowercase-bearer": "recorded with the word Bearer as it is usual, which the request did not have",
	"generic/etag-304":                  "it asks with If-None-Match, which package nango never sends to Nango itself",
	"proxy/if-none-match":               "it asks with If-None-Match, which package nango never sends to Nango itself",
}
