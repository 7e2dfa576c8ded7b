package nango_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nango-go/sdk/nango"
)

func ExampleFunctionService_All() {
	client := exampleClient("functions/list")
	for function, err := range client.Functions.All(context.Background(), "demo-none", nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if function.Type == nango.FunctionSync {
			fmt.Println(function.Name, function.Runs)
		}
	}
	// Output:
	// failing-sync every day
	// fetch-items every hour
	// manual-sync every day
}

func ExampleFunctionService_Code() {
	client := exampleClient("functions/code-pre-delete")
	code, err := client.Functions.Code(context.Background(), nango.FunctionRef{IntegrationID: "demo-none", Name: "pre-delete"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(code.Type, len(code.Code))
	// Output: on-event 191
}

func ExampleFunctionService_Delete() {
	client := exampleClient("functions/delete-standalone", "functions/delete-repo-function")
	ctx := context.Background()
	fmt.Println(client.Functions.Delete(ctx, nango.FunctionRef{IntegrationID: "demo-none", Name: "dep-fn", Type: nango.FunctionAction}))
	fmt.Println(client.Functions.Delete(ctx, nango.FunctionRef{IntegrationID: "demo-none", Name: "crash-action", Type: nango.FunctionAction}))
	// Output:
	// <nil>
	// nango: DELETE /integrations/{uniqueKey}/functions/{name}: 400 function_managed_by_deploy: repo functions are deleted through `nango deploy`, not this endpoint
}

// Chat interfaces of OpenAI's kind take a tool as a function.
func ExampleFunctionService_Tools() {
	client := exampleClient("scripts/config-openai")
	tools, err := client.Functions.Tools(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, tool := range tools {
		if tool.Name == "fail-action" {
			encoded, err := json.Marshal(map[string]any{"type": "function", "function": tool})
			fmt.Println(string(encoded), err)
		}
	}
	// Output: {"function":{"name":"fail-action","description":"Throws ActionError","parameters":{"type":"object","properties":{"reason":{"type":"string"}},"required":[]}},"type":"function"} <nil>
}

func ExampleFunctionService_ScriptsConfig() {
	client := exampleClient("scripts/config-nango")
	configs, err := client.Functions.ScriptsConfig(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, config := range configs {
		fmt.Println(config.ProviderConfigKey, len(config.Syncs), "syncs", len(config.Actions), "actions")
	}
	// Output: demo-none 3 syncs 4 actions
}

func ExampleFunctionService_Compile() {
	client := exampleClient("functions/compile-type-error")
	_, err := client.Functions.Compile(context.Background(), "export default createAction({ … })")
	if failure, ok := errors.AsType[*nango.Error](err); ok && failure.Code == "compilation_error" {
		fmt.Println(errors.Is(err, nango.ErrInvalid), len(failure.Message) > 0)
	}
	// Output: true true
}

func ExampleFunctionService_WaitForDryRun() {
	client := exampleClient("functions/dryrun-ok", "functions/dryrun-get-success")
	ctx := context.Background()
	job, err := client.Functions.CreateDryRun(ctx, nango.CreateDryRunParams{
		IntegrationID: "demo-none",
		ConnectionID:  "conn-none-1",
		Type:          nango.FunctionAction,
		Code:          "export default createAction({ … })",
		Input:         map[string]string{"a": "hello"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	run, err := client.Functions.WaitForDryRun(ctx, job.ID, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if run.Status == nango.JobFailed {
		fmt.Println(run.Error.Code, run.Error.Message)
		return
	}
	fmt.Println(run.Status, string(run.Result))
	// Output: success {"b":"hello"}
}

func ExampleFunctionService_WaitForDeployment() {
	client := exampleClient("functions/deployment-ok", "functions/deployment-get-success")
	ctx := context.Background()
	job, err := client.Functions.DeployFunction(ctx, nango.DeployFunctionParams{
		IntegrationID: "demo-none", Name: "dep-fn", Type: nango.FunctionAction, Code: "export default createAction({ … })",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	deployment, err := client.Functions.WaitForDeployment(ctx, job.ID, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(deployment.Status, deployment.DeployedFunctions)
	// Output: success [{dep-fn v1.0.0}]
}
