// Records what the Node SDK sends. Reads calls in the format of testdata/node-wire.json from standard input, makes each of
// them with the @nangohq/node installed beside this file, and writes them with the requests that they made to standard output.
//
// Left out are the headers of the connection, and Nango-Is-Sync, Nango-Is-Script and Nango-Is-Dry-Run as long as they are
// false: every call has them, and they mean nothing outside Nango's own functions.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { Nango } from '@nangohq/node';

const transport = new Set(['host', 'connection', 'user-agent', 'content-length', 'accept-encoding', 'transfer-encoding']);
const inFunctions = new Set(['nango-is-sync', 'nango-is-script', 'nango-is-dry-run']);

// Methods that need no call here: they send nothing, or they are what the others are made of.
const uncalled = new Set([
    'constructor', 'verifyWebhookSignature', '_verifyWebhookSignatureImpl', 'verifyIncomingWebhookRequest',
    'proxy', '_triggerAction', 'getConnectionDetails', 'enrichHeaders'
]);

const connection = {
    id: 1,
    connection_id: 'conn-1',
    provider: 'github',
    provider_config_key: 'github',
    credentials: { type: 'OAUTH2', access_token: 'token', raw: { access_token: 'token' } },
    metadata: { a: 1 }
};

// Answers by method and path; the first that fits. Everything else is content with data and success.
const answers = [
    [/^GET \/(providers|providers\/[^/]+\/templates|integrations|integrations\/[^/]+\/functions)$/, { data: [], pagination: { total: 0, page: 0 } }],
    [/^GET \/connections$/, { connections: [connection] }],
    [/^GET \/connections\//, connection],
    [/^GET \/records/, { records: [], next_cursor: null }],
    [/^PATCH \/records\/prune$/, { count: 0, has_more: false }],
    [/^GET \/sync\/status$/, { syncs: [] }],
    [/^PUT \/sync\/update-connection-frequency$/, { frequency: '1 hour' }],
    [/\/variant\//, { id: 'a4d3b2c1-0000-4000-8000-000000000000', name: 'issues', variant: 'v2', success: true }],
    [/^POST \/action\/trigger$/, { id: '2f7c1d1e-5d3b-4a53-9f6e-5b1f6a1f0a11', statusUrl: '/action/2f7c1d1e-5d3b-4a53-9f6e-5b1f6a1f0a11' }],
    [/^GET \/(scripts\/config|environment-variables)$/, []]
];

let requests;

const server = createServer(async (req, res) => {
    const [path, query = ''] = req.url.split(/\?(.*)/s);
    const headers = {};
    for (let i = 0; i < req.rawHeaders.length; i += 2) {
        const [name, value] = [req.rawHeaders[i].toLowerCase(), req.rawHeaders[i + 1]];
        if (!transport.has(name) && !(inFunctions.has(name) && value === 'false')) {
            headers[name] = value;
        }
    }
    const chunks = await req.toArray();
    requests.push({ method: req.method, path, query, headers, body: Buffer.concat(chunks).toString() });
    const [, answer] = answers.find(([route]) => route.test(`${req.method} ${path}`)) ?? [null, { data: {}, success: true }];
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify(answer));
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));

const nango = new Nango({ host: `http://127.0.0.1:${server.address().port}`, apiKey: 'test-key' });
const recorded = [];
for (const { call, args } of JSON.parse(readFileSync(0))) {
    requests = [];
    await nango[call](...structuredClone(args));
    recorded.push({ call, args, requests });
}
server.close();
server.closeAllConnections();

console.log(JSON.stringify(recorded, null, 1));
const called = new Set(recorded.map(({ call }) => call));
for (const method of Object.getOwnPropertyNames(Nango.prototype)) {
    if (!called.has(method) && !uncalled.has(method)) {
        console.error(`The Node SDK has a method that no call covers: ${method}`);
        process.exitCode = 1;
    }
}
