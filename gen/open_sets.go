package gen

// FunctionType is the kind of a function: sync, action or on-event. The set is open.
type FunctionType string

// JobStatus is the state of a dry run or a deployment: waiting, running, success or failed. The set is open.
type JobStatus string
