/**
 * Routes of this speaker have two sources: the table `announcements` and the configuration. For each destination the
 * table takes precedence. The RIB gets the result only.
 */

import type { StaticRoute } from "../../config/mod.ts";
import type { Origination } from "../../rib/mod.ts";
import { announcementKey } from "../../store/mod.ts";
import type { Post, StoreToMain, ToRib } from "../thread/messages.ts";
import { buffersOf, packedKeys, packOriginations } from "../thread/origination_codec.ts";

export class Originations {
  readonly #toRib: Post<ToRib>;
  #configured = new Map<string, StaticRoute>();
  /** The keys of what the table announces. */
  readonly #announced = new Set<string>();

  constructor(toRib: Post<ToRib>) {
    this.#toRib = toRib;
  }

  /** These are the routes of the configuration from now on. */
  configure(routes: readonly StaticRoute[]): void {
    const before = this.#configured;
    this.#configured = new Map(routes.map((route) => [announcementKey(route, undefined), route]));
    const free = (key: string) => !this.#announced.has(key);
    const gone = [...before.keys()].filter((key) => !this.#configured.has(key) && free(key));
    const fresh = [...this.#configured].filter(([key]) => free(key));
    this.#unoriginate(gone);
    this.#originate(fresh.map(([key, route]) => ({ key, peerId: undefined, route })));
  }

  /** The table `announcements` changed. */
  announce({ announced, withdrawn }: (StoreToMain & { kind: "announcements" })["changes"]): void {
    if (announced !== undefined) {
      for (const key of packedKeys(announced)) this.#announced.add(key);
      this.#toRib({ kind: "originate", packed: announced }, buffersOf(announced));
    }
    const gone: string[] = [];
    const back: Origination[] = [];
    for (const key of withdrawn) {
      this.#announced.delete(key);
      const configured = this.#configured.get(key);
      if (configured === undefined) gone.push(key);
      else back.push({ key, peerId: undefined, route: configured });
    }
    this.#unoriginate(gone);
    this.#originate(back);
  }

  /** True if an announcement overrides this route of the configuration. */
  isOverridden(route: StaticRoute): boolean {
    return this.#announced.has(announcementKey(route, undefined));
  }

  #originate(list: readonly Origination[]): void {
    if (list.length === 0) return;
    const packed = packOriginations(list);
    this.#toRib({ kind: "originate", packed }, buffersOf(packed));
  }

  #unoriginate(keys: readonly string[]): void {
    if (keys.length > 0) this.#toRib({ kind: "unoriginate", keys });
  }
}
