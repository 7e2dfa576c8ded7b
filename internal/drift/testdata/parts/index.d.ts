// Parts of endpoints that can be absent, a part that is not known, a webhook that only a body names, keys beside signatures, and
// what is widened so far that nothing can be compared.
export * from '../base/index.js';
import type { ApiError, DeleteThing, Endpoint, GetThing, NangoChangeWebhookBody, NangoLongRunWebhookBody, PostThing } from '../base/index.js';
interface Open {
    id: number;
    kind: string;
    made: any;
    extra: boolean;
    [key: `x-${string}`]: string;
    [key: string]: unknown;
}
type ListThings = Endpoint<{
    Method: 'GET';
    Path: '/things';
    Querystring?: { limit: number; more?: string };
    Headers?: { 'X-Mode': string };
    ResponseHeaders: { 'x-total': string };
    Error?: ApiError<'late'>;
    Success: { data: Open[] };
}>;
type PatchThing = Endpoint<{ Method: 'PATCH'; Path: '/things/:id'; Params?: { id: string }; Body?: { name?: string }; Success: never }>;
export type PublicApiEndpoints = ListThings | GetThing<any> | PostThing | DeleteThing | PatchThing;
export type NangoWebhookBody = NangoChangeWebhookBody | NangoLongRunWebhookBody | { from: string; type: 'note' };
