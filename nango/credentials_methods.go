package nango

// Type returns OAUTH2.
func (*OAuth2Credentials) Type() string { return "OAUTH2" }

// Type returns OAUTH1.
func (*OAuth1Credentials) Type() string { return "OAUTH1" }

// Type returns OAUTH2_CC.
func (*OAuth2CCCredentials) Type() string { return "OAUTH2_CC" }

// Type returns BASIC.
func (*BasicCredentials) Type() string { return "BASIC" }

// Type returns API_KEY.
func (*APIKeyCredentials) Type() string { return "API_KEY" }

// Type returns APP.
func (*AppCredentials) Type() string { return "APP" }

// Type returns CUSTOM.
func (*CustomCredentials) Type() string { return "CUSTOM" }

// Type returns TBA.
func (*TBACredentials) Type() string { return "TBA" }

// Type returns JWT.
func (*JWTCredentials) Type() string { return "JWT" }

// Type returns BILL.
func (*BillCredentials) Type() string { return "BILL" }

// Type returns TWO_STEP.
func (*TwoStepCredentials) Type() string { return "TWO_STEP" }

// Type returns SIGNATURE.
func (*SignatureCredentials) Type() string { return "SIGNATURE" }

// Type returns AWS_SIGV4.
func (*AWSSigV4Credentials) Type() string { return "AWS_SIGV4" }

// Type returns the type as the server sent it.
func (c *UnknownCredentials) Type() string { return c.TypeName }

func (*OAuth2Credentials) sealed()    {}
func (*OAuth1Credentials) sealed()    {}
func (*OAuth2CCCredentials) sealed()  {}
func (*BasicCredentials) sealed()     {}
func (*APIKeyCredentials) sealed()    {}
func (*AppCredentials) sealed()       {}
func (*CustomCredentials) sealed()    {}
func (*TBACredentials) sealed()       {}
func (*JWTCredentials) sealed()       {}
func (*BillCredentials) sealed()      {}
func (*TwoStepCredentials) sealed()   {}
func (*SignatureCredentials) sealed() {}
func (*AWSSigV4Credentials) sealed()  {}
func (*UnknownCredentials) sealed()   {}

// tokenOf returns the single token that authorises calls. It returns false for types that have no token or need more
// than one.
func tokenOf(c Credentials) (AccessToken, bool) {
	switch c := c.(type) {
	case *OAuth2Credentials:
		return AccessToken{c.AccessToken, c.ExpiresAt}, true
	case *OAuth2CCCredentials:
		return AccessToken{c.Token, c.ExpiresAt}, true
	case *APIKeyCredentials:
		return AccessToken{Value: c.APIKey}, true
	case *AppCredentials:
		return AccessToken{c.AccessToken, c.ExpiresAt}, true
	case *CustomCredentials:
		if c.App != nil {
			return AccessToken{c.App.AccessToken, c.App.ExpiresAt}, true
		}
	case *JWTCredentials:
		return AccessToken{c.Token, c.ExpiresAt}, true
	case *BillCredentials:
		return AccessToken{c.SessionID, c.ExpiresAt}, true
	case *TwoStepCredentials:
		return AccessToken{c.Token, c.ExpiresAt}, true
	case *SignatureCredentials:
		return AccessToken{c.Token, c.ExpiresAt}, true
	}
	return AccessToken{}, false
}

// rawOf returns the last response of the provider's token endpoint. BASIC, API_KEY, TBA, JWT and SIGNATURE never have
// it.
func rawOf(c Credentials) SecretJSON {
	switch c := c.(type) {
	case *OAuth2Credentials:
		return c.Raw
	case *OAuth1Credentials:
		return c.Raw
	case *OAuth2CCCredentials:
		return c.Raw
	case *AppCredentials:
		return c.Raw
	case *CustomCredentials:
		return c.Raw
	case *BillCredentials:
		return c.Raw
	case *TwoStepCredentials:
		return c.Raw
	case *AWSSigV4Credentials:
		return c.Raw
	}
	return SecretJSON{}
}
