export * from '../base/index.js';
import type { ApiError, DeleteThing, Endpoint, GetThing, PostThing, ResDefaultErrors as Before, Thing } from '../base/index.js';
export type ResDefaultErrors = Before | ApiError<'too_many_request'>;
type ListThings = Endpoint<{
    Method: 'GET';
    Path: '/things';
    Querystring: { limit?: number; kinds?: string[] };
    Headers: { 'x-mode'?: string };
    Error: ApiError<'bad_kind'>;
    Success: { data: Thing[] };
}>;
export type PublicApiEndpoints = ListThings | GetThing | PostThing | DeleteThing;
