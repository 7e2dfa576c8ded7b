// What else is a difference: a credential, a webhook, an auth mode, a scope, kinds of values, the name of a path parameter.
export * from '../base/index.js';
import type { Endpoint, GetThing, Key, ListThings, PostThing, Thing, Token } from '../base/index.js';
type DeleteThing = Endpoint<{ Method: 'DELETE'; Path: '/things/:uuid'; Params: { uuid: string }; Success: { ok: true } }>;
export type PublicApiEndpoints =
    | ListThings<Omit<Thing, 'id' | 'tags'> & { id: string | null; tags: string[] }>
    | GetThing<Key | Token | { type: 'CERTIFICATE'; certificate: string }>
    | PostThing<{ name: string | string[]; kind: 'plain' | 'odd'; note?: string | null }>
    | DeleteThing;
export type AuthModeType = 'KEY' | 'CERTIFICATE';
export type WebhookTypes = 'change' | 'note';
export interface NangoNoteWebhookBody {
    from: string;
    type: 'note';
}
export declare const ACCOUNT_API_KEY_SCOPES: readonly ['account:things:read'];
