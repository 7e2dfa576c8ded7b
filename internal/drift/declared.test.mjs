// Reads each package in the folder TESTDATA and compares with the declared.json in it, which the tests of the Go part read.
// `make drift` runs it first. With UPDATE=1 it writes those files.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { declared, print } from './declared.mjs';
import { NotUnderstood } from './program.mjs';

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

const base = JSON.stringify(join(testdata, 'base', 'index.js'));
const notUnderstood = {
    'a module that is not installed': [`import type { Lost } from 'lost'; export type PublicApiEndpoints = ListThings<Lost>;`, /index.d.ts:1: Cannot find module 'lost'.*TS2307/],
    'a type without a declaration': ['export type PublicApiEndpoints = ListThings<Nowhere>;', /Cannot find name 'Nowhere'/],
    'a base without a declaration': ['interface Other extends Lost { a: string } export type PublicApiEndpoints = ListThings<Other>;', /Cannot find name 'Lost'/],
    'an export that is not there': [`import type { Lost } from ${base}; export type PublicApiEndpoints = ListThings<Pick<Lost, 'a'>>;`, /no exported member 'Lost'/],
    'a syntax error in an object': ['export type PublicApiEndpoints = ListThings<{ a: string b: }>;', /index.d.ts:1: .* TS1\d+ \(and \d more\)/],
    'a type of Node': ['interface Raw {\n    data: Buffer;\n}\nexport type PublicApiEndpoints = ListThings<Raw>;', /data: its type is not resolved/],
    'a base of Node': ['interface Raw extends Buffer {}\nexport type PublicApiEndpoints = ListThings<Raw>;', /index.d.ts:1: Cannot find name 'Buffer'/],
    'a type that grows with each level': [`interface Deep<T> { in: Deep<T[]>; } export type PublicApiEndpoints = ListThings<Deep<string>>;`, /more than 30 levels/],
    'an endpoint without its parts': [`interface Endpoint<T> { Method: 'GET'; Path: '/x' } export type PublicApiEndpoints = Endpoint<{}>;`, /has no Querystring/],
    'an endpoint by another name': [`export type PublicApiEndpoints = { Method: 'GET'; Path: '/x' };`, /is no Endpoint/],
    'a method that is any': [`import type { Endpoint } from ${base}; export type PublicApiEndpoints = Endpoint<{ Method: string; Path: '/x' }>;`, /no union of texts/],
    'a webhook without a type': [`export type NangoOtherWebhookBody = { from: string };`, /NangoOtherWebhookBody has no type/],
    'a webhook without a body': [`export type WebhookTypes = 'change' | 'other';`, /exports no NangoOtherWebhookBody/],
    'an error without a code': [`export type ResDefaultErrors = { message: string };`, /has no error.code/],
    'scopes that are no list': [`export declare const API_KEY_SCOPES: string[];`, /is no tuple/]
};
for (const [name, [declaration, message]] of Object.entries(notUnderstood)) {
    test(`not understood: ${name}`, (t) => {
        const folder = mkdtempSync(join(tmpdir(), 'drift-'));
        t.after(() => rmSync(folder, { recursive: true }));
        writeFileSync(join(folder, 'package.json'), '{ "version": "1.2.3", "typings": "index.d.ts" }');
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

test('not understood: a package.json that is no JSON', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'drift-'));
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'package.json'), '{ "version": ');
    assert.throws(() => declared(folder), (error) => error instanceof NotUnderstood && /package.json: .*JSON/.test(error.message));
});
