package nango_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nango-go/sdk/nango"
)

func ExampleFunctionService_All() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	for function, err := range client.Functions.All(context.Background(), "github", nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if function.Type == nango.FunctionSync {
			fmt.Println(function.Name, function.Runs)
		}
	}
	// Output:
	// issues every hour
	// labels every day
}

func ExampleFunctionService_Code() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	code, err := client.Functions.Code(context.Background(), nango.FunctionRef{IntegrationID: "github", Name: "welcome"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(code.Type, code.Code)
	// Output: on-event export default createOnEvent({ … })
}

func ExampleFunctionService_Delete() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	ctx := context.Background()
	fmt.Println(client.Functions.Delete(ctx, nango.FunctionRef{IntegrationID: "github", Name: "draft", Type: nango.FunctionAction}))
	fmt.Println(client.Functions.Delete(ctx, nango.FunctionRef{IntegrationID: "github", Name: "close-issue", Type: nango.FunctionAction}))
	// Output:
	// <nil>
	// nango: DELETE /integrations/{uniqueKey}/functions/{name}: 400 function_managed_by_deploy: repo functions are deleted through `nango deploy`, not this endpoint
}

// Chat interfaces of OpenAI's kind take a tool as a function.
func ExampleFunctionService_Tools() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	tools, err := client.Functions.Tools(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, tool := range tools {
		if tool.Name == "create-issue" {
			encoded, err := json.Marshal(map[string]any{"type": "function", "function": tool})
			fmt.Println(string(encoded), err)
		}
	}
	// Output: {"function":{"name":"create-issue","description":"Opens an issue","parameters":{"properties":{"title":{"type":"string"}},"required":["title"],"type":"object"}},"type":"function"} <nil>
}

func ExampleFunctionService_ScriptsConfig() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	configs, err := client.Functions.ScriptsConfig(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, config := range configs {
		fmt.Println(config.ProviderConfigKey, len(config.Syncs), "syncs", len(config.Actions), "actions")
	}
	// Output: github 2 syncs 4 actions
}

func ExampleFunctionService_Compile() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	_, err := client.Functions.Compile(context.Background(), "export default createAktion({ … })")
	if failure, ok := errors.AsType[*nango.Error](err); ok && failure.Code == "compilation_error" {
		fmt.Println(errors.Is(err, nango.ErrInvalid), failure.Message)
	}
	// Output: true TS2304: Cannot find name 'createAktion'.
}

func ExampleFunctionService_WaitForDryRun() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	ctx := context.Background()
	job, err := client.Functions.CreateDryRun(ctx, nango.CreateDryRunParams{
		IntegrationID: "github",
		ConnectionID:  "acme",
		Type:          nango.FunctionAction,
		Code:          "export default createAction({ … })",
		Input:         map[string]string{"title": "It is broken"},
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
	// Output: success {"input":{"title":"It is broken"},"number":7}
}

func ExampleFunctionService_WaitForDeployment() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	ctx := context.Background()
	job, err := client.Functions.DeployFunction(ctx, nango.DeployFunctionParams{
		IntegrationID: "github", Name: "close-stale", Type: nango.FunctionAction, Code: "export default createAction({ … })",
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
	// Output: success [{close-stale v1.0.0}]
}

func ExampleFunctionService_DeployTemplate() {
	srv := exampleServer()
	defer srv.Close()
	srv.AddTemplates("github", nango.FunctionTemplate{Name: "pull-requests", Type: nango.FunctionSync}) // a catalogue of Nango's
	client := srv.Client()
	ctx := context.Background()

	templates, err := client.Providers.Templates(ctx, "github")
	if err != nil {
		fmt.Println(err)
		return
	}
	job, err := client.Functions.DeployTemplate(ctx, nango.DeployTemplateParams{IntegrationID: "github", Template: templates[0].Name})
	if err != nil {
		fmt.Println(err)
		return
	}
	deployment, err := client.Functions.Deployment(ctx, job.ID)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(templates[0].Name, deployment.Status)
	// Output: pull-requests success
}

// DryRun returns the state of a run at once, such as for a page that shows the progress.
func ExampleFunctionService_DryRun() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	ctx := context.Background()

	job, err := client.Functions.CreateDryRun(ctx, nango.CreateDryRunParams{
		IntegrationID: "github", ConnectionID: "acme", Type: nango.FunctionAction, Code: "export default createAction({ … })",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	srv.Settle() // or call DryRun again until the Status is JobSuccess or JobFailed
	run, err := client.Functions.DryRun(ctx, job.ID)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(run.Status)
	// Output: success
}
