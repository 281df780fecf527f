/** What the serving thread and a worker say to each other. */

import type { WebSettings } from "../../config/mod.ts";

export type ToWorker =
  | { readonly kind: "open"; readonly database: string; readonly settings: WebSettings; readonly version: string }
  | {
    readonly kind: "ask";
    readonly id: number;
    readonly path: string;
    readonly query: string;
    readonly accept: string;
  }
  /** The client has room for another part. */
  | { readonly kind: "pull"; readonly id: number }
  /** The client has gone. */
  | { readonly kind: "cancel"; readonly id: number };

export type FromWorker =
  | {
    readonly kind: "answer";
    readonly id: number;
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly cacheMs: number;
    /** The whole body; `undefined`: it comes in parts. */
    readonly bytes: Uint8Array<ArrayBuffer> | undefined;
  }
  | { readonly kind: "part"; readonly id: number; readonly bytes: Uint8Array<ArrayBuffer>; readonly isLast: boolean }
  /** The rest of a body cannot be made. */
  | { readonly kind: "broken"; readonly id: number; readonly reason: string }
  /** A bug in bgpd. */
  | { readonly kind: "bug"; readonly text: string };
