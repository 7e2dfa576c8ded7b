package doctor

import (
	"context"
	"fmt"
	"net/http"

	"github.com/nango-go/sdk/gen"
)

// release finds out by two reads what the server has. A read changes nothing, whether the server has the call or not; calls
// that tell other releases apart are all writes.
func (r *run) release(ctx context.Context) finding {
	newer, err := r.send(ctx, func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListEnvironments(ctx, &gen.ListEnvironmentsParams{}, refusedQuery)
	})
	if err != nil {
		return finding{Inconclusive, "the server does not respond: " + reason(err), moreTime}
	}
	older, err := r.send(ctx, func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetInvocation(ctx, nowhereUUID)
	})
	if err != nil {
		return finding{Inconclusive, "the server does not respond: " + reason(err), moreTime}
	}
	const upgrade = "upgrade the server if your program needs more; docs/compatibility.md has what each release has"
	switch {
	case newer.status == http.StatusTooManyRequests || older.status == http.StatusTooManyRequests:
		return finding{Inconclusive, "the account has made too many requests in this minute (429)", "run the checks again in a minute"}
	case !newer.noRoute() && newer.code != "":
		return finding{Pass, "the server has the calls of release " + sinceOf(gen.OperationListEnvironments) + "; no call tells whether it is newer", ""}
	case newer.code == "" && !newer.noRoute():
		return finding{Inconclusive, fmt.Sprintf("the response (%d) is not one of Nango's API", newer.status), "check what is in front of the server"}
	case !older.noRoute():
		return finding{Warn, "the server has the calls of release " + sinceOf(gen.OperationGetInvocation) + " and not those of " + sinceOf(gen.OperationListEnvironments) +
			", so parts of client.Account do not work, and successes of the proxy may lose headers", upgrade}
	}
	return finding{Warn, "the server seems to be older than release " + sinceOf(gen.OperationGetInvocation) +
		", so client.Account and the rotation of the signing key may not work, and successes of the proxy may lose headers", upgrade}
}

// sinceOf is the first release that has an operation.
func sinceOf(id gen.OperationID) string {
	for _, op := range gen.Operations {
		if op.ID == id {
			return op.Since
		}
	}
	return ""
}
