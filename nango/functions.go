package nango

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/jsonx"
)

// The kinds of functions.
const (
	FunctionSync    FunctionType = "sync"
	FunctionAction  FunctionType = "action"
	FunctionOnEvent FunctionType = "on-event"
)

// FunctionService lists and deletes the functions that are deployed for an integration. It also compiles, tries out and
// deploys new functions from source.
type FunctionService struct{ client *Client }

// ListFunctionsParams filters a list of functions and chooses its pages.
type ListFunctionsParams struct {
	Type FunctionType // empty: every kind
	// Search is a part of the name, up to 255 characters; case does not matter.
	Search string
	// PageSize is the number of functions per request, 1 to 100; 0 means 100.
	PageSize int
	// Page is the zero-based page that List returns, or the first page of All.
	Page int
}

const maxFunctionPageSize = 100

// FunctionPage is one page of a list of functions.
type FunctionPage struct {
	Functions []*Function
	Total     int  // the number of functions on all pages; 0 if the server does not send it
	More      bool // whether there is another page
}

// List returns one page of an integration's functions, ordered by type (action, on-event, sync) and name, with exactly
// one request. A page past the end is empty. An integration that does not exist is an error that matches [ErrNotFound].
//
// GET /integrations/{uniqueKey}/functions (listFunctions). Node: listFunctions.
func (s *FunctionService) List(ctx context.Context, integrationID string, params *ListFunctionsParams) (*FunctionPage, error) {
	if err := checkID("integrationID", integrationID); err != nil {
		return nil, err
	}
	p := deref(params)
	if p.PageSize == 0 {
		p.PageSize = maxFunctionPageSize
	}
	switch {
	case p.PageSize < 0 || p.PageSize > maxFunctionPageSize:
		return nil, &ArgumentError{Name: "PageSize", Reason: "must be from 1 to 100"}
	case p.Page < 0:
		return nil, &ArgumentError{Name: "Page", Reason: "must not be negative"}
	}
	out, err := decode[struct {
		Data       []*Function    `json:"data"`
		Pagination gen.Pagination `json:"pagination"`
	}](s.client.gen.ListFunctions(ctx, gen.PathID(integrationID), &gen.ListFunctionsParams{
		Type: optional(p.Type), Search: optional(p.Search), Page: optional(p.Page), Limit: &p.PageSize,
	}))
	if err != nil {
		return nil, err
	}
	page := &FunctionPage{Functions: out.Data, Total: max(0, out.Pagination.Total)}
	if page.Total == 0 { // the server did not send the total
		page.More = len(out.Data) >= p.PageSize
	} else {
		page.More = len(out.Data) > 0 && p.Page*p.PageSize+len(out.Data) < page.Total
	}
	return page, nil
}

// All iterates over an integration's functions in the order of List. It requests the next page when the loop needs it.
// An error is the last pair. Each range starts over.
//
// The server counts pages by position, so do not delete functions inside the loop: collect them first. If a page
// repeats only functions of earlier pages and more pages follow, the loop ends with an error, as in
// [ConnectionService.All].
//
// GET /integrations/{uniqueKey}/functions (listFunctions). Node: listFunctions, one page.
func (s *FunctionService) All(ctx context.Context, integrationID string, params *ListFunctionsParams) iter.Seq2[*Function, error] {
	start := deref(params)
	return func(yield func(*Function, error) bool) {
		seen := map[string]bool{}
		for p := start; ; p.Page++ {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			page, err := s.List(ctx, integrationID, &p)
			if err == nil && page.More {
				err = addPage(seen, "GET /integrations/{uniqueKey}/functions", page.Functions, func(f *Function) string { return string(f.Type) + "\n" + f.Name })
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for _, function := range page.Functions {
				if !yield(function, nil) {
					return
				}
			}
			if !page.More {
				return
			}
		}
	}
}

// FunctionRef identifies a function of an integration.
type FunctionRef struct {
	IntegrationID string
	Name          string
	// Type distinguishes functions of the same name. If Type is empty and several have the name, Get returns the first
	// in the order action, on-event, sync, and Code returns an error that matches [ErrConflict]. Delete requires a
	// Type.
	Type FunctionType
}

func (r FunctionRef) check() error {
	if err := checkID("IntegrationID", r.IntegrationID); err != nil {
		return err
	}
	return checkID("Name", r.Name)
}

// Get returns one function. A function or an integration that does not exist is an error that matches [ErrNotFound].
//
// GET /integrations/{uniqueKey}/functions/{name} (getFunction). Node: getFunction.
func (s *FunctionService) Get(ctx context.Context, ref FunctionRef) (*Function, error) {
	if err := ref.check(); err != nil {
		return nil, err
	}
	return decodeData[*Function](s.client.gen.GetFunction(ctx, gen.PathID(ref.IntegrationID), gen.PathID(ref.Name),
		&gen.GetFunctionParams{Type: optional(ref.Type)}))
}

// Code returns the TypeScript source of a function. If functions of several types have this name and Type is empty, the
// error matches [ErrConflict], and its Payload lists them ({"matches":[{"type","name"}]}). A function, an integration
// or a source that does not exist is an error that matches [ErrNotFound].
//
// GET /integrations/{uniqueKey}/functions/{name}/code (getFunctionCode). Node: getFunctionCode.
func (s *FunctionService) Code(ctx context.Context, ref FunctionRef) (*FunctionCode, error) {
	if err := ref.check(); err != nil {
		return nil, err
	}
	return decode[FunctionCode](s.client.gen.GetFunctionCode(ctx, gen.PathID(ref.IntegrationID), gen.PathID(ref.Name),
		&gen.GetFunctionCodeParams{Type: optional(ref.Type)}))
}

// Delete deletes a sync or an action. The server finishes the deletion in the background. It refuses to delete a
// function that Nango's CLI deployed from a repository (its Source is repo): the error has the code
// function_managed_by_deploy. A function that does not exist is an error that matches [ErrNotFound].
//
// DELETE /integrations/{uniqueKey}/functions/{name} (deleteFunction). Node: deleteFunction.
func (s *FunctionService) Delete(ctx context.Context, ref FunctionRef) error {
	if err := ref.check(); err != nil {
		return err
	}
	if ref.Type == "" {
		return &ArgumentError{Name: "Type", Reason: "is empty; say FunctionSync or FunctionAction"}
	}
	return checkResponse(s.client.gen.DeleteFunction(ctx, gen.PathID(ref.IntegrationID), gen.PathID(ref.Name), &gen.DeleteFunctionParams{Type: ref.Type}))
}

// ScriptsConfig returns the deployed syncs and actions of the environment. The server makes one entry per provider: if
// a provider has two integrations, the entry has the id of the first and the functions of both. [FunctionService.List]
// returns the functions of one integration.
//
// GET /scripts/config (getScriptsConfig). Node: getScriptsConfig.
func (s *FunctionService) ScriptsConfig(ctx context.Context) ([]*ScriptsConfig, error) {
	out, err := decode[[]*ScriptsConfig](s.client.gen.GetScriptsConfig(ctx, &gen.GetScriptsConfigParams{}))
	return deref(out), err
}

// Tool describes a function for a language model. Its JSON is the function object of OpenAI's API: name, description
// and parameters.
type Tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Parameters  json.RawMessage `json:"parameters"` // a JSON schema of the type object
	// Type is [FunctionAction] or [FunctionSync]. It is empty for a function that was deployed or deleted during the
	// call.
	Type FunctionType `json:"-"`
}

// Tools returns the deployed syncs and actions of the environment as tools for a language model, syncs first. When the
// model calls a tool, run it on the customer's connection: with [TriggerAction] if its Type is [FunctionAction], with
// [ConnectionHandle.TriggerSyncs] if it is [FunctionSync].
//
// A Tool does not name its integration; [FunctionService.List] returns the functions of one. A parameter has a
// description if the function's own description has a line like "- name: …" for it.
//
// GET /scripts/config (getScriptsConfig) with format=openai, and GET /scripts/config (getScriptsConfig) for the types. Node:
// getScriptsConfig("openai").
func (s *FunctionService) Tools(ctx context.Context) ([]*Tool, error) {
	out, err := decode[toolList](s.client.gen.GetScriptsConfig(ctx, &gen.GetScriptsConfigParams{Format: new("openai")}))
	tools := deref(out)
	if err != nil || len(tools) == 0 {
		return tools, err
	}
	configs, err := s.ScriptsConfig(ctx)
	if err != nil {
		return nil, err
	}
	syncs, actions := map[string]int{}, map[string]int{}
	for _, config := range configs {
		for _, sync := range config.Syncs {
			syncs[sync.Name]++
		}
		for _, action := range config.Actions {
			actions[action.Name]++
		}
	}
	for _, tool := range tools { // among tools of the same name, syncs come first
		switch {
		case syncs[tool.Name] > 0:
			tool.Type = FunctionSync
			syncs[tool.Name]--
		case actions[tool.Name] > 0:
			tool.Type = FunctionAction
			actions[tool.Name]--
		}
	}
	return tools, nil
}

type toolList []*Tool

// UnmarshalJSON also accepts an empty array, which the server sends instead of an object if nothing is deployed.
func (l *toolList) UnmarshalJSON(data []byte) error {
	if jsonx.Unmarshal(data, (*[]*Tool)(l)) == nil {
		return nil
	}
	var out struct {
		Data json.RawMessage `json:"data"`
	}
	if err := jsonx.Unmarshal(data, &out); err != nil || out.Data == nil {
		return err
	}
	return jsonx.UnmarshalLenient(out.Data, (*[]*Tool)(l))
}
