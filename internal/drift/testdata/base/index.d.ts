// A small package in the shape of @nangohq/types, with what the checker has to resolve: generics, conditional types, Omit, Merge,
// template literals, records, unions told apart by a key, types that hold themselves, and values of any type.
export interface ApiError<TCode extends string> {
    error: { code: TCode; message?: string | undefined };
}
export type ResDefaultErrors = ApiError<'invalid_body'> | ApiError<'not_found' | 'server_error'>;

type Part<T, TKey extends string> = TKey extends keyof T ? (T[TKey] extends Record<string, any> ? T[TKey] : never) : never;
export interface Endpoint<T extends { Method: string; Path: string }> {
    Method: T['Method'];
    Path: T['Path'];
    Params: Part<T, 'Params'>;
    Querystring: Part<T, 'Querystring'>;
    Headers: Part<T, 'Headers'>;
    Body: Part<T, 'Body'>;
    Success: Part<T, 'Success'>;
    Errors: ResDefaultErrors | Part<T, 'Error'>;
}

type Merge<A, B> = Omit<A, keyof B> & B;

interface Trail extends Array<string | Trail> {}

export interface Row {
    id: number;
    secret: string;
    made: Date;
    kind: 'plain' | 'odd';
    note?: string | null | undefined;
    tags: Record<string, string>;
    parent?: Row | Row[] | undefined;
    size?: { width: number } | { width: number }[];
    trail?: Trail;
    sizes?: number[] | readonly [string, boolean];
    payload: unknown;
}
export type Thing = Merge<Omit<Row, 'secret'>, { made: string }>;

interface Common<T> {
    type: T;
    raw: Record<string, any>;
}
export type Key = { grade: 'low' | 'high'; type: 'KEY'; key: string };
export type Token = Omit<Common<'TOKEN' | 'TOKEN_CC'>, 'raw'> & { grade: 'low' | 'high'; token: string; expires_at?: Date };
export type Empty = Record<string, never>;
export interface Full<TCredentials> extends Thing {
    credentials: TCredentials;
}

export type ListThings<T = Thing> = Endpoint<{
    Method: 'GET';
    Path: '/things';
    Querystring: { limit?: number; kinds?: string[] | undefined };
    Headers: { 'x-mode'?: string };
    Error: ApiError<'unknown_kind'>;
    Success: { data: T[] };
}>;
export type GetThing<TCredentials = Key | Token | Empty> = Endpoint<{
    Method: 'GET';
    Path: `/things/:id`;
    Params: { id: string };
    Error: ApiError<'unknown_thing' | 'not_found'>;
    Success: Full<TCredentials>;
}>;
export type PostThing<TBody extends Record<string, any> = { name: string; kind: 'plain' | 'odd'; note?: string | undefined }> = Endpoint<{
    Method: 'POST';
    Path: '/things';
    Body: TBody;
    Success: { ok: true };
}>;
export type DeleteThing = Endpoint<{ Method: 'DELETE'; Path: '/things/:id'; Params: { id: string }; Success: never }>;
export type PublicApiEndpoints = ListThings | GetThing | PostThing | DeleteThing;

export type AuthModeType = 'KEY' | 'TOKEN';
export type WebhookTypes = 'change' | 'long_run';
interface WebhookBase {
    from: string;
    type: WebhookTypes;
}
interface Done extends WebhookBase {
    type: 'change';
    operation: 'creation' | 'override';
    success: true;
}
interface Failed extends Omit<Done, 'success'> {
    success: false;
    error: { type: string };
}
export type NangoChangeWebhookBody = Done | Failed;
export interface NangoLongRunWebhookBody extends WebhookBase {
    type: 'long_run';
    payload: any;
}

export declare const API_KEY_SCOPES: readonly ['environment:things:*', 'environment:things:list', 'environment:things:write'];
export declare const ACCOUNT_API_KEY_SCOPES: readonly ['account:things:list'];
