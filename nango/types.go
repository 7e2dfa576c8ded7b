package nango

import "github.com/nango-go/sdk/gen"

// ConnectionError is a standing failure of a connection: of its credentials (Type "auth") or of one of its syncs ("sync").
// LogID points to the entry in Nango's logs. More types may come.
type ConnectionError = gen.ConnectionError

// EndUser is the person a connection belongs to, as older integrations describe it. Unset texts are empty.
//
// Deprecated: Nango derives tags from it (end_user_id, end_user_email, …); read those.
type EndUser = gen.EndUser

// EndUserOrganization is the organization of an [EndUser].
//
// Deprecated: read the tags organization_id and organization_display_name.
type EndUserOrganization = gen.EndUserOrganization

// ProviderField describes one input that a provider asks for: a connection setting, a credential or an integration setting.
type ProviderField = gen.ProviderField

// FunctionTemplate is a sync or an action that Nango's catalogue offers for a provider. Input and Returns name models that
// JSONSchema defines; Runs, AutoStart and TrackDeletes belong to syncs.
type FunctionTemplate = gen.FunctionTemplate

// ConnectUISettings is the look of the connect UI: its colours, its theme and whether it shows Nango's watermark.
type ConnectUISettings = gen.ConnectUISettings
