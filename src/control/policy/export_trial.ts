/** The export policy of one peer in one configuration, applied to best routes. */

import type { PeerConfig } from "../../config/mod.ts";
import { decodeAttributeSet } from "../../message/mod.ts";
import {
  choiceFor,
  type CompiledChain,
  type Policies,
  type PolicySource,
  type RouteContext,
} from "../../policy/mod.ts";
import type { FamilyId } from "../../types/mod.ts";
import { policyPeer } from "./config_peers.ts";
import type { Evaluation } from "./import_trial.ts";

interface FamilyTrial {
  readonly choice: "all" | "local" | "none" | CompiledChain;
  readonly context: RouteContext;
}

export class ExportTrial {
  readonly policies: Policies;
  readonly #peer: PeerConfig | undefined;
  readonly #address: string;
  readonly #asn: number | null;
  readonly #families: (FamilyTrial | undefined)[] = [];

  /** `peer`: `undefined` if the configuration does not have the peer; then nothing is exported to it. */
  constructor(policies: Policies, peer: PeerConfig | undefined, address: string, asn: number | null) {
    this.policies = policies;
    this.#peer = peer;
    this.#address = address;
    this.#asn = asn;
  }

  usesPrefix(family: FamilyId): boolean {
    const choice = this.#family(family)?.choice;
    return typeof choice === "object" && choice.usesPrefix;
  }

  /** `source`: the peer that announced the route. */
  evaluate(wire: Uint8Array, family: FamilyId, prefixClass: number, source: PolicySource): Evaluation {
    const trial = this.#family(family);
    if (trial === undefined) return { accepted: false, reason: "not in the configuration", bytes: undefined };
    const { choice, context } = trial;
    if (typeof choice === "string") {
      return { accepted: isExported(choice, source, wire), reason: `export = "${choice}"`, bytes: undefined };
    }
    const outcome = choice.evaluate(wire, 0, wire.length, prefixClass, { ...context, source });
    return {
      accepted: outcome.accepted,
      reason: this.policies.reasons[outcome.reason],
      bytes: outcome.changed ? outcome.bytes.slice(0, outcome.length) : undefined,
    };
  }

  #family(family: FamilyId): FamilyTrial | undefined {
    if (this.#peer === undefined) return undefined;
    const known = this.#families[family];
    if (known !== undefined) return known;
    const choice = choiceFor(this.#peer.export, family);
    const trial: FamilyTrial = {
      choice: typeof choice === "string" ? choice : this.policies.chain(choice),
      context: { family, peer: policyPeer(this.#peer, this.#address, this.#asn) },
    };
    this.#families[family] = trial;
    return trial;
  }
}

/** Our own routes are always exported; `local` adds the routes that our AS originates. */
export function isExported(choice: string, source: PolicySource, wire: Uint8Array): boolean {
  if (source.local || choice === "all") return true;
  return choice === "local" && source.internal && decodeAttributeSet(wire).asPath.length === 0;
}
