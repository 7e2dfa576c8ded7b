export * from '../base/index.js';
import type { DeleteThing, Endpoint, GetThing, ListThings } from '../base/index.js';
export type CloseThing = Endpoint<{ Method: 'POST'; Path: '/things/:thingId/close'; Params: { thingId: string }; Success: { ok: true } }>;
export type PublicApiEndpoints = ListThings | GetThing | DeleteThing | CloseThing;
