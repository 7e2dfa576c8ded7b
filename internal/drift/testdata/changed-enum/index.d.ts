export * from '../base/index.js';
import type { DeleteThing, GetThing, ListThings, NangoChangeWebhookBody as Before, PostThing } from '../base/index.js';
export type PublicApiEndpoints = ListThings | GetThing | PostThing<{ name: string; kind: 'plain' | 'new'; note?: string }> | DeleteThing;
type Changed<T> = T extends unknown ? Omit<T, 'operation'> & { operation: 'creation' | 'deletion' } : never;
export type NangoChangeWebhookBody = Changed<Before>;
