/**
 * What a route leads to: a prefix, or, in families whose NLRI are no plain prefixes, the key of the NLRI (see
 * `message/nlri/codec.ts`).
 */

import type { Prefix } from "./prefix.ts";

export type Destination =
  | { readonly prefix: Prefix; readonly key?: undefined }
  | { readonly prefix?: undefined; readonly key: Uint8Array };
