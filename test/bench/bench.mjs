// Does one kind of work with the @nangohq/node installed beside this file, again and again, and writes to standard output how
// long it took on average and how much memory the process had at most. node_test.go starts it.
import { readFileSync } from 'node:fs';
import { Nango } from '@nangohq/node';

const { work, baseURL, apiKey, connectionId, providerConfigKey, pageLength, webhook } = JSON.parse(readFileSync(0));
const nango = new Nango({ host: baseURL, apiKey, webhookSigningKey: webhook.key });

function expect(right) {
    if (!right) {
        throw new Error(`the result of ${work} is wrong`);
    }
}

async function records() {
    let [cursor, count, numbers, cursors] = [null, 0, 0, 0];
    do {
        const page = await nango.listRecords({ connectionId, providerConfigKey, model: 'Issue', limit: pageLength, ...(cursor && { cursor }) });
        for (const record of page.records) {
            count++;
            numbers += record.number;
            cursors += record._nango_metadata.cursor.length;
        }
        cursor = page.next_cursor;
    } while (cursor);
    expect(count === 100 * pageLength && numbers === (count * (count - 1)) / 2 && cursors > count);
}

const works = {
    get: async () => expect((await nango.getConnection(providerConfigKey, connectionId)).credentials.access_token),
    token: async () => expect(await nango.getToken(providerConfigKey, connectionId)),
    list: async () => expect((await nango.listConnections({})).connections.length === 100),
    records,
    proxy: async () => {
        const response = await nango.get({ endpoint: '/file', connectionId, providerConfigKey, responseType: 'stream' });
        let length = 0;
        for await (const chunk of response.data) {
            length += chunk.length;
        }
        expect(length === 64 << 20);
    },
    webhook: () => expect(nango.verifyIncomingWebhookRequest(webhook.body, webhook.headers) && JSON.parse(webhook.body).syncName === 'fetch-items')
};

async function measure(milliseconds) {
    const began = performance.now();
    let [count, took] = [0, 0];
    do {
        await works[work]();
        count++;
        took = performance.now() - began;
    } while (took < milliseconds);
    return (took / count) * 1e6;
}

await measure(work === 'records' ? 0 : 100); // until the code is compiled
const nanoseconds = await measure(200);
let peak = 0;
try {
    peak = Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
} catch {
    // not on this system
}
console.log(JSON.stringify({ nanoseconds, peak }));
