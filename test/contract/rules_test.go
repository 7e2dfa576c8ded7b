package contract

// operations are all that the document describes: the server's routes for API keys and connect sessions, and the five
// methods of the proxy.
var operations = map[string]string{
	"listProviders":         "GET /providers",
	"getProvider":           "GET /providers/{provider}",
	"listProviderTemplates": "GET /providers/{provider}/templates",

	"listIntegrations":            "GET /integrations",
	"createIntegration":           "POST /integrations",
	"createQuickstartIntegration": "POST /integrations/quickstart",
	"getIntegration":              "GET /integrations/{uniqueKey}",
	"updateIntegration":           "PATCH /integrations/{uniqueKey}",
	"deleteIntegration":           "DELETE /integrations/{uniqueKey}",
	"listFunctions":               "GET /integrations/{uniqueKey}/functions",
	"getFunction":                 "GET /integrations/{uniqueKey}/functions/{name}",
	"deleteFunction":              "DELETE /integrations/{uniqueKey}/functions/{name}",
	"getFunctionCode":             "GET /integrations/{uniqueKey}/functions/{name}/code",

	"listConnections":         "GET /connections",
	"importConnection":        "POST /connections",
	"getConnection":           "GET /connections/{connectionId}",
	"updateConnection":        "PATCH /connections/{connectionId}",
	"deleteConnection":        "DELETE /connections/{connectionId}",
	"setConnectionMetadata":   "POST /connections/metadata",
	"mergeConnectionMetadata": "PATCH /connections/metadata",

	"listConnectionsDeprecated":         "GET /connection",
	"importConnectionDeprecated":        "POST /connection",
	"getConnectionDeprecated":           "GET /connection/{connectionId}",
	"deleteConnectionDeprecated":        "DELETE /connection/{connectionId}",
	"setConnectionMetadataDeprecated":   "POST /connection/metadata",
	"mergeConnectionMetadataDeprecated": "PATCH /connection/metadata",
	"setMetadataDeprecated":             "POST /connection/{connectionId}/metadata",
	"mergeMetadataDeprecated":           "PATCH /connection/{connectionId}/metadata",

	"listEnvironmentVariables": "GET /environment-variables",
	"rotateWebhookSigningKey":  "POST /environment/webhook-signing-key/rotate",
	"createEnvironment":        "POST /environments",
	"deleteEnvironment":        "DELETE /environments/{environmentId}",
	"createAPIKey":             "POST /environment/api-keys",
	"deleteAPIKey":             "DELETE /environment/api-keys",

	"listRecords":  "GET /records",
	"pruneRecords": "PATCH /records/prune",

	"triggerSync":       "POST /sync/trigger",
	"startSync":         "POST /sync/start",
	"pauseSync":         "POST /sync/pause",
	"getSyncStatus":     "GET /sync/status",
	"setSyncFrequency":  "PUT /sync/update-connection-frequency",
	"createSyncVariant": "POST /sync/{name}/variant/{variant}",
	"deleteSyncVariant": "DELETE /sync/{name}/variant/{variant}",

	"triggerAction":    "POST /action/trigger",
	"getActionResult":  "GET /action/{id}",
	"getScriptsConfig": "GET /scripts/config",

	"compileFunction":  "POST /functions/compile",
	"createDryRun":     "POST /functions/dryruns",
	"getDryRun":        "GET /functions/dryruns/{id}",
	"createDeployment": "POST /functions/deployments",
	"getDeployment":    "GET /functions/deployments/{id}",
	"previewBundle":    "POST /functions/deployments/bundle/preview",
	"deployBundle":     "POST /functions/deployments/bundle",
	"invokeFunction":   "POST /functions/invocations",

	"createConnectSession":   "POST /connect/sessions",
	"createReconnectSession": "POST /connect/sessions/reconnect",
	"getConnectSession":      "GET /connect/session",
	"deleteConnectSession":   "DELETE /connect/session",

	"proxyGet":    "GET /proxy/{path}",
	"proxyPost":   "POST /proxy/{path}",
	"proxyPut":    "PUT /proxy/{path}",
	"proxyPatch":  "PATCH /proxy/{path}",
	"proxyDelete": "DELETE /proxy/{path}",
}

// openRequests are the objects in requests that take keys beyond those they name, each with why.
var openRequests = map[string]string{
	"ConnectDefaultsConfig":             "what the provider needs to know, kept as it is",
	"ConnectOverrides":                  "the server drops what it does not know",
	"ConnectionConfigInput":             "what the provider needs to know, kept as it is",
	"FreeObject":                        "checkpoints, JSON schemas and options, kept as they are",
	"ImportConnectionDeprecatedRequest": "the server checks it without a schema",
	"MetadataObject":                    "a customer's, kept as it is",
	"OTLPHeaderInput":                   "the server drops what it does not know",
	"TriggerActionRequest":              "the server drops what it does not know",
}

// freeForm are the places in successful answers whose keys are not the API's, each with whose they are.
var freeForm = map[string]string{
	"AWSSigV4Credentials.raw":               rawCredentials,
	"AppCredentials.raw":                    rawCredentials,
	"BillCredentials.raw":                   rawCredentials,
	"CustomCredentials.raw":                 rawCredentials,
	"OAuth1Credentials.raw":                 rawCredentials,
	"OAuth2CCCredentials.raw":               rawCredentials,
	"OAuth2Credentials.raw":                 rawCredentials,
	"TwoStepCredentials.raw":                rawCredentials,
	"TwoStepCredentials.token":              "the provider's: sometimes its whole answer",
	"Credentials|JWTCredentials":            "the provider's: it declares the fields",
	"Credentials|UnknownCredentials":        "a later release's: of a type that is not known yet",
	"Credentials|TwoStepCredentials":        "the provider's: it declares the fields",
	"Connection.connection_config":          "the provider's: it declares what it needs to know",
	"ConnectInfoDefaults.connection_config": "the provider's: it declares what it needs to know",
	"Connection.metadata":                   "the customer's",
	"ConnectionSummary.metadata":            "the customer's",
	"MetadataResponse.metadata":             "the customer's",
	"setMetadataDeprecated":                 "the customer's metadata, sent back",
	"mergeMetadataDeprecated":               "the customer's metadata, sent back",
	"importConnectionDeprecated":            "the request, sent back; its fields hang on the auth mode",
	"ProviderList.data[]":                   "the catalogue's: definitions of providers as they are",
	"ProviderResponse.data":                 "the catalogue's: definitions of providers as they are",
	"ProviderFields.*":                      "the catalogue's: definitions of providers as they are",
	"Provider.proxy":                        "the catalogue's: definitions of providers as they are",
	"RecordList.records[]":                  "a sync's: what it saved",
	"SyncStatus.checkpoint":                 "a sync's: what it saved",
	"triggerAction":                         "an action's: what it returned",
	"getActionResult":                       "an action's: what it returned",
	"DryRun.result":                         "an action's: what it returned",
	"JobError.payload":                      "a function's: what it threw",
	"Function.json_schema":                  "a function's: the schemas it declares",
	"FunctionTemplate.json_schema":          "a function's: the schemas it declares",
	"ScriptConfig.json_schema":              "a function's: the schemas it declares",
	"ToolParameters.properties":             "a function's: the schema of its input",
	"ScriptConfig.attributes":               "a function's: attributes of its own",
	"ScriptModel.fields[]":                  "a function's: fields of its models; empty in all recordings",
	"ScriptsConfig.on-events[]":             "nobody's: the list is always empty",
}

const rawCredentials = "the provider's: its token answer as it came"
