/**
 * The attribute sets of a file on their way to a session, with the export rules of the daemon: LOCAL_PREF only within
 * an AS, next hops that the session can carry, no attributes that end at the border of the AS. Apart from that, a
 * replay is transparent like a route server: AS path, MED and next hop stay. If our AS differs from the AS of the
 * file's peer, our AS is prepended (RFC 4271 §5.1.2). Withheld routes are counted by reason.
 */

import { AttributeCode, rawAttributes } from "../../../message/mod.ts";
import { defaultExport, type ExportPolicy, ExportRules, type SessionAddresses } from "../../../rib/mod.ts";
import type { Negotiated } from "../../../session/mod.ts";
import { type FamilyId, familyOf, maskHas, readUint32 } from "../../../types/mod.ts";

/** The session that messages are sent to. */
export interface Outlet {
  readonly negotiated: Negotiated;
  readonly addresses: SessionAddresses;
  /** True: our AS of the session differs from the AS of the file's peers. */
  readonly passesOn?: boolean;
  write(bytes: Uint8Array): Promise<void>;
}

const policy: ExportPolicy = { ...defaultExport, export: "all", nextHop: "unchanged" };
/** The source of every route: an eBGP peer. So the export rules add no reflection attributes. */
const source = { local: false, internal: false, routerId: 0, reflectorClient: false, link: undefined };

export const tooLong = "its attributes leave no room for a prefix in a message of this session (RFC 8654 §4)";
export const onePathOnly = "the speaker accepts one path of a prefix, and the file has several (RFC 7911)";

export class Outgoing {
  readonly negotiated: Negotiated;
  /** Why the last {@link set} is withheld. */
  reason = "";
  readonly #addresses: SessionAddresses;
  readonly #passesOn: boolean;
  /** By family: export rules without and with our AS prepended. */
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

  /** The set after the export rules, valid until the next call; `undefined`: it is withheld, see {@link reason}. */
  set(family: FamilyId, wire: Uint8Array): Uint8Array | undefined {
    if (!this.carries(family)) {
      this.reason = `the speaker did not negotiate ${familyOf(family).name}`;
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

  /** Counts `routes` withheld routes. */
  withhold(routes: number, reason = this.reason): void {
    if (routes > 0) this.#withheld.set(reason, (this.#withheld.get(reason) ?? 0) + routes);
  }

  /** The withheld routes as sentences. */
  sentences(): string[] {
    return [...this.#withheld].map(([reason, routes]) =>
      routes === 1 ? `1 route is not sent: ${reason}` : `${routes} routes are not sent, each for this reason: ${reason}`
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
