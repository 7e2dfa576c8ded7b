package judge

// reasons names the recordings that the server of package nangotest answers otherwise, each with why.
var reasons = map[string]string{
	"functions/deployment-result-with-secret-key": "a sandbox's callback, which is no operation of the document",
	"functions/dryrun-result-with-secret-key":     "a sandbox's callback, which is no operation of the document",

	"auth/connections-lowercase-bearer": "recorded with the word Bearer as it is usual, which the request did not have",
	"connect/session-get-bad-format":    "recorded with the placeholder of a token, which the request did not have",
}
