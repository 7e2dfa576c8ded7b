package nango

import "github.com/nango-go/sdk/gen"

// OperationID is the name of an operation in Nango's OpenAPI document, such as "getConnection". Package gen has a
// constant for each operation, such as gen.OperationGetConnection.
type OperationID = gen.OperationID

// FunctionType is the kind of a function, such as [FunctionSync]. New kinds can appear.
type FunctionType = gen.FunctionType

// JobStatus is the state of a dry run or a deployment, such as [JobRunning]. New states can appear.
type JobStatus = gen.JobStatus

// ConnectionError is a failure of a connection that is not resolved yet. Type says what failed: "auth" means the
// credentials, "sync" one of the syncs. New types can appear. LogID identifies the entry in Nango's logs.
type ConnectionError = gen.ConnectionError

// EndUser is the person to whom a connection belongs, in a form that is older than tags. A text that is not set is
// empty.
//
// Deprecated: Nango derives tags from it (end_user_id, end_user_email, …); read those.
type EndUser = gen.EndUser

// EndUserOrganization is the organization of an [EndUser].
//
// Deprecated: read the tags organization_id and organization_display_name.
type EndUserOrganization = gen.EndUserOrganization

// FunctionTemplate is a sync or an action that Nango's catalogue offers for a provider. Input and Returns name models
// that JSONSchema defines. Only syncs have Runs, AutoStart and TrackDeletes.
type FunctionTemplate = gen.FunctionTemplate

// ConnectUISettings describes the look of the connect UI: its colours, its theme and whether it shows Nango's
// watermark.
type ConnectUISettings = gen.ConnectUISettings

// Environment is an environment of the account, with its ID, Name, UUID and IsProduction (a *bool). Servers before
// 0.71.6 do not send the UUID; it is empty then. Only [AccountService.ListEnvironments] returns IsProduction; otherwise
// it is nil.
type Environment = gen.Environment

// Function is a deployed sync, action or event handler. Input and Returns name models that JSONSchema defines. Source
// is catalog (a template of Nango), standalone (deployed from source with the API) or repo (deployed by Nango's CLI).
//
// Only syncs have Runs (the frequency), AutoStart and TrackDeletes. Only event handlers have an Event; they have no
// Description and no Scopes.
type Function = gen.Function

// FunctionCode is the TypeScript source of a function, and the function's type.
type FunctionCode = gen.FunctionCode

// ScriptsConfig lists the deployed syncs and actions of a provider. ProviderConfigKey is the id of its first
// integration; OnEvents is always empty.
type ScriptsConfig = gen.ScriptsConfig

// CompiledFunction is the result of [FunctionService.Compile]: the JavaScript and its size in bytes.
type CompiledFunction = gen.CompiledFunction

// Job is a dry run or a deployment that was started; its ID is a UUID.
type Job = gen.Job

// DryRun is the state of a dry run. DurationMS is in milliseconds. DurationMS and CompletedAt are zero until the run
// ends. Output is the log.
type DryRun = gen.DryRun

// Deployment is the state of a deployment. DurationMS is in milliseconds. DurationMS and CompletedAt are zero until the
// deployment ends. Output is the log.
type Deployment = gen.Deployment

// ScriptConfig is a sync or an action in a [ScriptsConfig]. Input and Returns name models that JSONSchema defines. Only
// syncs have SyncType, Runs, AutoStart and TrackDeletes.
type ScriptConfig = gen.ScriptConfig

// ScriptEndpoint is the method and the path that a function declares; it is part of a [ScriptConfig].
type ScriptEndpoint = gen.ScriptEndpoint

// ScriptModel is a model that a function of a [ScriptConfig] uses. Its fields are in the function's JSONSchema.
type ScriptModel = gen.ScriptModel

// JobError is the reason why a dry run or a deployment failed. It has a code such as compilation_error, a message, and
// a Payload with further data.
type JobError = gen.JobError

// DeployedFunction is a function that a deployment deployed. Its version begins with v.
type DeployedFunction = gen.DeployedFunction
