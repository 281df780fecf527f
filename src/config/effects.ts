/**
 * Keys that say something which another key keeps from counting. A key that a group has is without effect only where it has
 * none for any of its peers.
 */

import type { Position, Report } from "./toml/errors.ts";
import type { PeerConfig } from "./config.ts";

/** Why a key of a peer changes nothing; `undefined`: it does. The key is set, if these are asked. */
const conditions: Readonly<Record<string, (peer: PeerConfig) => string | undefined>> = {
  send_hold_timer: ({ holdTimeSeconds }) => needs(holdTimeSeconds > 0, "hold_timer is 0: there is no hold time"),
  add_path_send: ({ addPathSend }) => needs(addPathSend !== 0, 'add_path does not send: add_path = "both" or "send"'),
  add_path_max_paths: ({ addPathReceive }) =>
    needs(addPathReceive !== 0, 'add_path does not receive: add_path = "both" or "receive"'),
  export_selection: (peer) => needs(peer.export !== "none", 'export is "none": only routes of our own are announced'),
  max_prefixes_action: (peer) => hasLimit(peer),
  max_prefixes_count: (peer) => hasLimit(peer),
  max_prefixes_warning: (peer) => hasLimit(peer),
  max_prefixes_restart: (peer) =>
    hasLimit(peer) ??
      needs(peer.maxPrefixesAction === "shutdown", 'max_prefixes_action is not "shutdown": no session ends'),
  max_prefixes_out_action: ({ maxPrefixesOut }) =>
    needs(Object.keys(maxPrefixesOut).length > 0, "there is no max_prefixes_out"),
  restart_time: ({ gracefulRestart }) =>
    needs(gracefulRestart === "full", 'graceful_restart is not "full": nobody is asked to keep our routes'),
  stale_routes_time: ({ gracefulRestart }) =>
    needs(gracefulRestart !== "off", 'graceful_restart is "off": no route of a lost session stays'),
  llgr_stale_time: ({ longLived }) => needs(longLived !== 0, "there is no long_lived_graceful_restart"),
  connect_retry: ({ passive }) => needs(!passive, "the peer is passive: it is never dialled"),
  dest_port: ({ passive }) => needs(!passive, "the peer is passive: it is never dialled"),
};

export type ConditionalKey = keyof typeof conditions & string;
export const conditionalKeys: readonly ConditionalKey[] = Object.keys(conditions);

function hasLimit({ maxPrefixes }: PeerConfig): string | undefined {
  return needs(Object.keys(maxPrefixes).length > 0, "there is no max_prefixes");
}

function needs(holds: boolean, otherwise: string): string | undefined {
  return holds ? undefined : otherwise;
}

/** Collects what each key says to each peer, by the place where it stands. */
export class Effects {
  readonly #places = new Map<string, { readonly at: Position; readonly text: string; counts: boolean }>();

  /** `at`: where the peer's value of a key stands; `undefined`: nobody set it. */
  peer(peer: PeerConfig, at: (key: string) => Position | undefined): void {
    for (const key of conditionalKeys) {
      const place = at(key);
      if (place === undefined) continue;
      const why = conditions[key]!(peer);
      const name = `${place.line} ${place.column}`;
      const known = this.#places.get(name);
      if (known === undefined) {
        this.#places.set(name, { at: place, text: `${key} has no effect: ${why}`, counts: why === undefined });
      } else known.counts ||= why === undefined;
    }
  }

  /** Warns of keys that changed nothing for anybody. */
  report(report: Report): void {
    for (const { at, text, counts } of this.#places.values()) if (!counts) report.warn(at, text);
  }
}
