// Starts nango-go serve, calls each method of the @nangohq/node installed beside this file on it, and writes what came back to
// standard output: for each call the responses as they were, and the error if the method failed. The argument is the program.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { Nango } from '@nangohq/node';

// The receiver of webhooks keeps the first one.
let received;
const delivered = new Promise((resolve) => (received = resolve));
const receiver = createServer(async (req, res) => {
    const body = Buffer.concat(await req.toArray()).toString();
    res.end();
    received({ body, headers: req.headers });
});
await once(receiver.listen(0, '127.0.0.1'), 'listening');

const served = spawn(process.argv[2], ['serve', '--json', '--webhook-url', `http://127.0.0.1:${receiver.address().port}/`], {
    stdio: ['ignore', 'pipe', 'inherit']
});
process.on('exit', () => served.kill());
const ended = () => process.exit(2); // it has said why
served.on('exit', ended);
const [line] = await once(createInterface(served.stdout), 'line');
const access = JSON.parse(line);

let responses;
const keep = ({ config, status, data }) => {
    // The URI without the base URL, as it was sent.
    const uri = new URL(new Nango({ host: access.base_url, apiKey: access.api_key }).http.getUri(config));
    responses.push({ method: config.method.toUpperCase(), target: uri.pathname + uri.search, status, body: data ?? null });
};
const nango = new Nango(
    { host: access.base_url, apiKey: access.api_key, webhookSigningKey: access.webhook_signing_key },
    {
        interceptors: {
            response: {
                onFulfilled: (response) => {
                    keep(response);
                    return response;
                },
                onRejected: (error) => {
                    if (error.response) {
                        keep(error.response);
                    }
                    throw error;
                }
            }
        }
    }
);

const calls = [];
async function call(method, ...args) {
    responses = [];
    const made = { method, responses };
    calls.push(made);
    try {
        return await nango[method](...args);
    } catch (err) {
        made.error = String(err.message ?? err);
        return undefined;
    }
}

const ada = { providerConfigKey: 'github', connectionId: 'ada' };
const issue = { title: 'It is broken' };

await call('listProviders', {});
await call('listProviders', { search: 'github' });
await call('getProvider', { provider: 'github' });
await call('getProviderTemplates', { provider: 'github' });

await call('listIntegrations');
await call('getIntegration', { uniqueKey: 'github' });
await call('getIntegration', { uniqueKey: 'github' }, { include: ['webhook'] });
await call('getIntegration', { uniqueKey: 'github' }, { include: ['credentials'] });
await call('createIntegration', {
    provider: 'github',
    unique_key: 'second',
    credentials: { type: 'OAUTH2', client_id: 'id', client_secret: 'secret', scopes: 'repo' }
});
await call('updateIntegration', { uniqueKey: 'second' }, { display_name: 'Second' });
await call('createQuickstartIntegration', { provider: 'slack', unique_key: 'quick' });
await call('deleteIntegration', 'second');

await call('listFunctions', { uniqueKey: 'github' }, {});
await call('getFunction', { uniqueKey: 'github', name: 'create-issue' }, { type: 'action' });
await call('getFunction', { uniqueKey: 'github', name: 'issues' }, { type: 'sync' });
await call('getFunctionCode', { uniqueKey: 'github', name: 'create-issue' }, { type: 'action' });
await call('getScriptsConfig');
await call('getScriptsConfig', 'openai');

// A person connects, and then waitForConnection finds the connection.
const session = await call('createConnectSession', {
    end_user: { id: 'linus', email: 'linus@example.com' },
    allowed_integrations: ['github']
});
const form = new URLSearchParams({ session_token: session?.data?.token, integration: 'github', decision: 'authorize' });
const page = await fetch(access.base_url + '/connect-ui', { method: 'POST', body: form });
if (!page.ok) {
    throw new Error(`the connect page responded with ${page.status}`);
}
await call('waitForConnection', 'github', 'linus');
await call('createReconnectSession', { connection_id: 'ada', integration_id: 'github', tags: { end_user_id: 'ada' } });

await call('listConnections');
await call('listConnections', { integrationId: ['github', 'crm'], tags: { end_user_id: 'ada' }, limit: 50 });
await call('getConnection', 'github', 'ada');
await call('getConnection', 'github', 'ada', true, true);
await call('getConnection', 'crm', 'ada');
await call('patchConnection', { connectionId: 'ada', provider_config_key: 'github' }, { tags: { end_user_id: 'ada' } });
await call('getToken', 'github', 'ada');
await call('getRawTokenResponse', 'github', 'ada');
await call('setMetadata', 'github', 'ada', { plan: 'free' });
await call('setMetadata', 'github', ['ada', 'grace'], { plan: 'free' });
await call('updateMetadata', 'github', 'ada', { seats: 3 });
await call('getMetadata', 'github', 'ada');

const proxied = { ...ada, endpoint: '/user', retries: 0 };
await call('proxy', { ...proxied, method: 'GET' });
await call('get', proxied);
await call('delete', proxied);
for (const method of ['post', 'put', 'patch']) {
    await call(method, { ...proxied, data: issue });
}

const records = await call('listRecords', { ...ada, model: 'Issue' });
await call('listRecords', { ...ada, model: 'Issue', limit: 3, filter: 'added' });
await call('pruneRecords', { ...ada, model: 'Issue', untilCursor: records?.records?.[0]?._nango_metadata?.cursor });
await call('syncStatus', 'github', '*', 'ada');
await call('createSyncVariant', { provider_config_key: 'github', connection_id: 'ada', name: 'issues', variant: 'second' });
await call('deleteSyncVariant', { provider_config_key: 'github', connection_id: 'ada', name: 'issues', variant: 'second' });
await call('updateSyncConnectionFrequency', 'github', 'issues', 'ada', 'every hour');
await call('pauseSync', 'github', ['issues'], 'ada');
await call('startSync', 'github', ['issues'], 'ada');
await call('triggerSync', 'github', ['issues'], 'ada');

await call('triggerAction', 'github', 'ada', 'create-issue', issue);
const started = await call('triggerActionAsync', 'github', 'ada', 'create-issue', issue);
for (let tries = 0; tries < 100; tries++) {
    const result = await call('getAsyncActionResult', { id: started?.id });
    if (result !== undefined && !calls.at(-1).error) {
        break;
    }
    calls.pop(); // not yet
    await new Promise((later) => setTimeout(later, 50));
}
await call('getEnvironmentVariables');

const { body, headers } = await delivered;
if ((await call('verifyIncomingWebhookRequest', body, headers)) !== true) {
    calls.at(-1).error ??= 'the signature of a webhook is refused';
}

await call('deleteFunction', { uniqueKey: 'github', name: 'close-issue' }, { type: 'action' });
await call('deleteConnection', 'github', 'grace');

// Methods that need no call: the others are made of them, or they are deprecated.
const uncalled = new Set(['constructor', 'verifyWebhookSignature', '_verifyWebhookSignatureImpl', '_triggerAction', 'getConnectionDetails', 'enrichHeaders']);
const called = new Set(calls.map(({ method }) => method));
for (const method of Object.getOwnPropertyNames(Nango.prototype)) {
    if (!called.has(method) && !uncalled.has(method)) {
        calls.push({ method, responses: [], error: 'no call covers this method: add one to test/nodeserve/calls.mjs' });
    }
}
console.log(JSON.stringify(calls));
receiver.close();
receiver.closeAllConnections();
served.off('exit', ended);
served.kill();
