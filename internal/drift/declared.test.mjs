// Reads each package in the folder TESTDATA and compares with the declared.json in it, which the tests of the Go part read.
// `make drift` runs it first. With UPDATE=1 it writes those files.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { NotUnderstood, declared, print } from './declared.mjs';

const testdata = resolve(process.env.TESTDATA);

for (const { name } of readdirSync(testdata, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    test(`the package ${name}`, () => {
        const file = join(testdata, name, 'declared.json');
        const read = print(declared(join(testdata, name)));
        if (process.env.UPDATE === '1') {
            writeFileSync(file, read);
        }
        assert.equal(read, readFileSync(file, 'utf8'));
    });
}

const notUnderstood = {
    'a module that is not installed': [`import type { Lost } from 'lost'; export type PublicApiEndpoints = ListThings<Lost>;`, /its type is not resolved/],
    'a type without a declaration': ['export type PublicApiEndpoints = ListThings<Nowhere>;', /its type is not resolved/],
    'a type that grows with each level': [`interface Deep<T> { in: Deep<T[]>; } export type PublicApiEndpoints = ListThings<Deep<string>>;`, /more than 30 levels/],
    'an endpoint without its parts': [`export type PublicApiEndpoints = { Method: 'GET'; Path: '/x' };`, /has no Querystring/],
    'a method that is any': [`export type PublicApiEndpoints = Omit<ListThings, 'Method'> & { Method: string };`, /no union of texts/],
    'a webhook without a body': [`export type WebhookTypes = 'change' | 'other';`, /exports no NangoOtherWebhookBody/],
    'an error without a code': [`export type ResDefaultErrors = { message: string };`, /has no error.code/],
    'scopes that are no list': [`export declare const API_KEY_SCOPES: string[];`, /is no tuple/]
};
for (const [name, [declaration, message]] of Object.entries(notUnderstood)) {
    test(`not understood: ${name}`, (t) => {
        const folder = mkdtempSync(join(tmpdir(), 'drift-'));
        t.after(() => rmSync(folder, { recursive: true }));
        writeFileSync(join(folder, 'package.json'), '{ "version": "1.2.3", "typings": "index.d.ts" }');
        const base = JSON.stringify(join(testdata, 'base', 'index.js'));
        writeFileSync(join(folder, 'index.d.ts'), `export * from ${base}; import type { ListThings } from ${base}; ${declaration}`);
        assert.throws(() => declared(folder), (error) => error instanceof NotUnderstood && message.test(error.message));
    });
}

test('not understood: a package without its entry', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'drift-'));
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'package.json'), '{ "version": "1.2.3" }');
    assert.throws(() => declared(folder), NotUnderstood);
});
