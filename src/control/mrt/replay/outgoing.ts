/**
 * Attribute sets of a file on their way to a session, by the daemon's own rules of export: LOCAL_PREF within an AS
 * and not beyond, next hops that the session can carry, attributes that end at the border. Apart from that a replay
 * repeats what the file's peer said, as a route server does: path, MED and next hop stay. Where our AS is another
 * than that peer's, its routes are passed on: our AS stands in front of their paths then (RFC 4271 §5.1.2). What
 * cannot leave is counted by its reason.
 */

import { defaultExport, type ExportPolicy, ExportRules, type SessionAddresses } from "../../../rib/mod.ts";
import { AttributeCode, rawAttributes } from "../../../message/mod.ts";
import type { Negotiated } from "../../../session/mod.ts";
import { type FamilyId, familyOf, maskHas, readUint32 } from "../../../types/mod.ts";

/** Where the messages go. */
export interface Outlet {
  readonly negotiated: Negotiated;
  readonly addresses: SessionAddresses;
  /** The AS of the session is another than that of the file's peers. */
  readonly passesOn?: boolean;
  write(bytes: Uint8Array): Promise<void>;
}

const policy: ExportPolicy = { ...defaultExport, export: "all", nextHop: "unchanged" };
/** Of another AS and of nobody's reflection: nothing is added that says whom the route is from. */
const source = { local: false, internal: false, routerId: 0, reflectorClient: false, link: undefined };

export const tooLong = "attributes that leave no room for a prefix in a message of this session (RFC 8654 §4)";
export const onePathOnly = "the speaker takes one path of a prefix, and the file has several (RFC 7911)";

export class Outgoing {
  readonly negotiated: Negotiated;
  /** Why the last {@link set} cannot leave. */
  reason = "";
  readonly #addresses: SessionAddresses;
  readonly #passesOn: boolean;
  /** By family: for routes as they are, and for those that get our AS in front. */
  readonly #repeating: (ExportRules | undefined)[] = [];
  readonly #passing: (ExportRules | undefined)[] = [];
  readonly #withheld = new Map<string, number>();

  constructor({ negotiated, addresses, passesOn = false }: Omit<Outlet, "write">) {
    this.negotiated = negotiated;
    this.#addresses = addresses;
    this.#passesOn = passesOn;
  }

  carries(family: FamilyId): boolean {
    return maskHas(this.negotiated.families, family);
  }

  /** The set as it leaves, until the next call; `undefined`: it does not, see {@link reason}. */
  set(family: FamilyId, wire: Uint8Array): Uint8Array | undefined {
    if (!this.carries(family)) {
      this.reason = `the speaker does not take ${familyOf(family).name}`;
      return undefined;
    }
    const isPassedOn = this.#passesOn && firstAsn(wire) !== this.negotiated.localAsn;
    const rules = (isPassedOn ? this.#passing : this.#repeating)[family] ??= this.#rules(family, !isPassedOn);
    if (rules.write(wire, 0, wire.length, source, 0)) return rules.bytes.subarray(0, rules.length);
    this.reason = rules.reason!;
    return undefined;
  }

  #rules(family: FamilyId, routeServerClient: boolean): ExportRules {
    const { negotiated: context } = this;
    const rules = { ...policy, routeServerClient };
    return new ExportRules({ choice: "all", context, addresses: this.#addresses, policy: rules, clusterId: 0 }, family);
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

function firstAsn(wire: Uint8Array): number | undefined {
  for (const { code, value } of rawAttributes(wire)) {
    if (code !== AttributeCode.asPath || value === undefined || value.length < 6) continue;
    return readUint32(value, 2);
  }
  return undefined;
}
