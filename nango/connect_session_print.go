package nango

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"time"
)

// Format prints the session without its token, for every verb. The link ends after its host.
func (s ConnectSession) Format(f fmt.State, _ rune) {
	io.WriteString(f, "{Token:"+mask(s.Token.sealed)+" ConnectLink:"+s.cutLink()+" ExpiresAt:"+s.ExpiresAt.Format(time.RFC3339)+"}")
}

// LogValue returns the same parts as Format, as a group.
func (s ConnectSession) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("token", s.Token), slog.String("connect_link", s.cutLink()), slog.Time("expires_at", s.ExpiresAt))
}

// cutLink returns the part of the link that cannot contain the token.
func (s ConnectSession) cutLink() string {
	link, err := url.Parse(s.ConnectLink)
	switch {
	case s.ConnectLink == "":
		return ""
	case err != nil || link.Host == "":
		return redacted
	}
	return printable(origin(link)+"/"+redacted, maxMessage)
}
