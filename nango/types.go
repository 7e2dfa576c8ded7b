package nango

import "github.com/nango-go/sdk/gen"

// OperationID is the name of an operation in the API's document, such as "getConnection". Package gen has a constant for
// each, such as gen.OperationGetConnection.
type OperationID = gen.OperationID

// FunctionType is the kind of a function, such as [FunctionSync]. The set is open.
type FunctionType = gen.FunctionType

// JobStatus is the state of a dry run or a deployment, such as [JobRunning]. The set is open.
type JobStatus = gen.JobStatus

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

// FunctionTemplate is a sync or an action that Nango's catalogue offers for a provider. Input and Returns name models that
// JSONSchema defines; Runs, AutoStart and TrackDeletes belong to syncs.
type FunctionTemplate = gen.FunctionTemplate

// ConnectUISettings is the look of the connect UI: its colours, its theme and whether it shows Nango's watermark.
type ConnectUISettings = gen.ConnectUISettings

// Environment is an environment of the account. Its UUID is nil from servers up to 0.71.4.
type Environment = gen.Environment

// Function is a deployed sync, action or event handler. Input and Returns name models that JSONSchema defines. Source is
// catalog (a template of Nango's), standalone (deployed from source over the API) or repo (deployed by Nango's CLI). Runs,
// the frequency, AutoStart and TrackDeletes belong to syncs, Event to event handlers, which have neither Description nor
// Scopes.
type Function = gen.Function

// FunctionCode is the TypeScript source of a function, with its type.
type FunctionCode = gen.FunctionCode

// ScriptsConfig lists the deployed syncs and actions of a provider. ProviderConfigKey is the id of its first integration;
// OnEvents is always empty.
type ScriptsConfig = gen.ScriptsConfig

// CompiledFunction is the bundle that compiling made: its JavaScript and its size in bytes.
type CompiledFunction = gen.CompiledFunction

// Job is a dry run or a deployment that was started; its ID is a UUID.
type Job = gen.Job

// DryRun is the state of a dry run. DurationMS is in milliseconds; it and CompletedAt are zero until the end. Output is the
// log.
type DryRun = gen.DryRun

// Deployment is the state of a deployment. DurationMS is in milliseconds; it and CompletedAt are zero until the end. Output
// is the log.
type Deployment = gen.Deployment

// ScriptConfig is a sync or an action in a [ScriptsConfig]. Input and Returns name models that JSONSchema defines; SyncType,
// Runs, AutoStart and TrackDeletes belong to syncs.
type ScriptConfig = gen.ScriptConfig

// ScriptEndpoint is a method and a path under which a function presents itself in a [ScriptConfig].
type ScriptEndpoint = gen.ScriptEndpoint

// ScriptModel is a model that a function of a [ScriptConfig] uses. Its fields are in the function's JSONSchema.
type ScriptModel = gen.ScriptModel

// JobError is why a dry run or a deployment failed: a code such as compilation_error, a message, and further data as Payload.
type JobError = gen.JobError

// DeployedFunction is a function that a deployment deployed, with its version, which begins with v.
type DeployedFunction = gen.DeployedFunction
