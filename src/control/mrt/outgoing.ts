/**
 * Attribute sets of a file on their way to a session, by the daemon's own rules of export: LOCAL_PREF within an AS and not
 * beyond, next hops that the session can carry, attributes that end at the border. Apart from that a replay repeats what the
 * file says, as a route server does: path, MED and next hop stay. What cannot leave is counted by its reason.
 */

import { defaultExport, type ExportPolicy, ExportRules, type SessionAddresses } from "../../rib/mod.ts";
import type { Negotiated } from "../../session/mod.ts";
import { family as familyRow, type FamilyId, maskHas } from "../../types/mod.ts";

/** Where the messages go. */
export interface Outlet {
  readonly negotiated: Negotiated;
  readonly addresses: SessionAddresses;
  write(bytes: Uint8Array): Promise<void>;
}

const policy: ExportPolicy = { ...defaultExport, export: "all", nextHop: "unchanged", routeServerClient: true };
/** Of another AS and of nobody's reflection: nothing is added that says whom the route is from. */
const source = { local: false, internal: false, routerId: 0, reflectorClient: false, link: undefined };

export const tooLong = "attributes that leave no room for a prefix in a message of this session (RFC 8654 §4)";
export const onePathOnly = "the speaker takes one path of a prefix, and the file has several (RFC 7911)";

export class Outgoing {
  readonly negotiated: Negotiated;
  /** Why the last {@link set} cannot leave. */
  reason = "";
  readonly #addresses: SessionAddresses;
  /** By family. */
  readonly #rules: (ExportRules | undefined)[] = [];
  readonly #withheld = new Map<string, number>();

  constructor({ negotiated, addresses }: Pick<Outlet, "negotiated" | "addresses">) {
    this.negotiated = negotiated;
    this.#addresses = addresses;
  }

  carries(family: FamilyId): boolean {
    return maskHas(this.negotiated.families, family);
  }

  /** The set as it leaves, until the next call; `undefined`: it does not, see {@link reason}. */
  set(family: FamilyId, wire: Uint8Array): Uint8Array | undefined {
    if (!this.carries(family)) {
      this.reason = `the speaker does not take ${familyRow(family).name}`;
      return undefined;
    }
    const rules = this.#rules[family] ??= new ExportRules(
      { choice: "all", context: this.negotiated, addresses: this.#addresses, policy, clusterId: 0 },
      family,
    );
    if (rules.write(wire, 0, wire.length, source, 0)) return rules.bytes.subarray(0, rules.length);
    this.reason = rules.trouble!;
    return undefined;
  }

  /** So many routes are not sent for this reason. */
  withhold(routes: number, reason = this.reason): void {
    if (routes > 0) this.#withheld.set(reason, (this.#withheld.get(reason) ?? 0) + routes);
  }

  /** Sentences for people. */
  sentences(): string[] {
    return [...this.#withheld].map(([reason, routes]) =>
      `${routes} ${routes === 1 ? "route is" : "routes are"} not sent: ${reason}`
    );
  }
}
