export * from '../base/index.js';
import type { DeleteThing, GetThing, ListThings, PostThing, Thing } from '../base/index.js';
export type PublicApiEndpoints = ListThings<Omit<Thing, 'tags' | 'payload'>> | GetThing | PostThing<{ name: string; kind: 'plain' | 'odd' }> | DeleteThing;
