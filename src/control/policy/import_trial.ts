/** The import of one peer in one configuration: first the rules of the session, then the import policies. */

import type { PeerConfig } from "../../config/mod.ts";
import { choiceFor, type CompiledChain, type Policies, type RouteContext } from "../../policy/mod.ts";
import { ImportRules } from "../../rib/mod.ts";
import { Avs, avsOf, Ovs, ovsOf } from "../../rpki/mod.ts";
import type { FamilyId } from "../../types/mod.ts";
import { isInternal, policyPeer } from "./config_peers.ts";

export interface Evaluation {
  readonly accepted: boolean;
  /** The deciding rule, for example `"policy customer-in, rule 2"`; `undefined`: there is no policy. */
  readonly reason: string | undefined;
  /** The attribute set after policy; `undefined`: the received one. */
  readonly bytes: Uint8Array | undefined;
}

interface FamilyTrial {
  readonly choice: "all" | "none" | CompiledChain;
  readonly context: RouteContext;
}

export class ImportTrial {
  readonly policies: Policies;
  readonly #config: PeerConfig;
  readonly #address: string;
  readonly #asn: number | null;
  readonly #rules: ImportRules;
  readonly #families: (FamilyTrial | undefined)[] = [];

  constructor(policies: Policies, config: PeerConfig, address: string, asn: number | null) {
    this.policies = policies;
    this.#config = config;
    this.#address = address;
    this.#asn = asn;
    const { realAsn, localAsn, localAsNoPrepend, confederation, role } = config;
    const remoteAsn = config.remoteAsn ?? asn ?? 0;
    const session = {
      internal: isInternal(config, asn),
      ...confederation?.members.includes(remoteAsn) === true ? { confederation: true } : {},
      role,
      localAsn,
      remoteAsn,
    };
    this.#rules = new ImportRules(session, realAsn !== undefined && realAsn !== localAsn && !localAsNoPrepend);
  }

  usesPrefix(family: FamilyId): boolean {
    const { choice } = this.#family(family);
    return typeof choice === "object" && choice.usesPrefix;
  }

  /** Policies look at what RPKI data say of a route. */
  usesValidity(family: FamilyId): boolean {
    const { choice } = this.#family(family);
    return typeof choice === "object" && choice.usesValidity;
  }

  /** Why `rpki` or `aspa` keep a route with this validity out of the decision; `undefined`: they do not. */
  rejection(validity: number): string | undefined {
    const { rpki, aspa } = this.#config;
    if (rpki === "reject-invalid" && ovsOf(validity) === Ovs.invalid) return 'rpki = "reject-invalid"';
    if (aspa === "reject-invalid" && avsOf(validity) === Avs.invalid) return 'aspa = "reject-invalid"';
    return undefined;
  }

  /** `ofRoute`: the class of the route, as `policy/route_class.ts` has it. */
  evaluate(wire: Uint8Array, family: FamilyId, ofRoute: number): Evaluation {
    const { choice, context } = this.#family(family);
    const ruled = this.#rules.changesAnything ? this.#rules.apply(wire, 0, wire.length, family) : undefined;
    if (typeof choice === "string") {
      return { accepted: choice === "all", reason: undefined, bytes: ruled?.bytes.slice(0, ruled.length) };
    }
    const { bytes, length } = ruled ?? { bytes: wire, length: wire.length };
    const outcome = choice.evaluate(bytes, 0, length, ofRoute, context);
    return {
      accepted: outcome.accepted,
      reason: this.policies.reasons[outcome.reason],
      bytes: outcome.changed ? outcome.bytes.slice(0, outcome.length) : ruled?.bytes.slice(0, ruled.length),
    };
  }

  /** The attribute set that policies read: the received one after the rules of the session. */
  ruled(wire: Uint8Array, family: FamilyId): Uint8Array {
    const ruled = this.#rules.changesAnything ? this.#rules.apply(wire, 0, wire.length, family) : undefined;
    return ruled === undefined ? wire : ruled.bytes.slice(0, ruled.length);
  }

  #family(family: FamilyId): FamilyTrial {
    const known = this.#families[family];
    if (known !== undefined) return known;
    const choice = choiceFor(this.#config.import, family);
    const trial: FamilyTrial = {
      choice: typeof choice === "string" ? choice : this.policies.chain(choice),
      context: { family, peer: policyPeer(this.#config, this.#address, this.#asn) },
    };
    this.#families[family] = trial;
    return trial;
  }
}
