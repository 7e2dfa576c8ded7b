export * from '../base/index.js';
import type { DeleteThing, GetThing, ListThings, PostThing, Thing } from '../base/index.js';
type Loose = Omit<Thing, 'kind'> & { kind: Thing['kind'] | undefined };
export type PublicApiEndpoints = ListThings<Loose> | GetThing | PostThing<{ name: string; kind: 'plain' | 'odd'; note: string }> | DeleteThing;
