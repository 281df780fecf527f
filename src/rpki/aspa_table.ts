/** The ASPAs: which ASes are providers of a customer (draft-ietf-sidrops-aspa-verification-28 §3). */

import type { Asn } from "../types/mod.ts";
import type { Aspa } from "./vrp.ts";

/** The answers of the provider authorization function (§5.3). */
export const Authorizations = { provider: 0, noAttestation: 1, notProvider: 2 } as const;
export type Authorization = (typeof Authorizations)[keyof typeof Authorizations];

export class AspaTable {
  /** The providers of each customer, ascending: §3 calls them the U-SPAS, the union of all ASPAs of the customer. */
  readonly #providers = new Map<Asn, Uint32Array>();

  get count(): number {
    return this.#providers.size;
  }

  /** Replaces what the customer said before, as an announcement of RTR does. False where that changes nothing. */
  set(customer: Asn, providers: Iterable<Asn>): boolean {
    const sorted = providersOf(providers);
    const before = this.#providers.get(customer);
    if (before !== undefined && before.length === sorted.length && before.every((asn, i) => asn === sorted[i])) {
      return false;
    }
    this.#providers.set(customer, sorted);
    return true;
  }

  /** Adds to what the customer said: for sources in which a customer has several ASPAs. */
  extend(customer: Asn, providers: Iterable<Asn>): void {
    this.set(customer, [...this.#providers.get(customer) ?? [], ...providers]);
  }

  /** False where the customer has no ASPA. */
  remove(customer: Asn): boolean {
    return this.#providers.delete(customer);
  }

  get(customer: Asn): Aspa | undefined {
    const providers = this.#providers.get(customer);
    return providers === undefined ? undefined : { customer, providers: [...providers] };
  }

  /** All ASPAs, the smallest customer first. */
  list(): Aspa[] {
    return [...ascending(this.#providers.keys())].map((customer) => this.get(customer)!);
  }

  /**
   * §5.3: whether `y` is an attested provider of `x`. No AS of a path is AS 0 (RFC 7607), so a customer with AS 0 alone
   * has no provider.
   */
  authorized(x: Asn, y: Asn): Authorization {
    const providers = this.#providers.get(x);
    if (providers === undefined) return Authorizations.noAttestation;
    let from = 0;
    let to = providers.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (providers[middle]! < y) from = middle + 1;
      else to = middle;
    }
    return providers[from] === y ? Authorizations.provider : Authorizations.notProvider;
  }
}

/** The customers whose ASPA differs: paths that contain one of them may have another state. */
export function changedCustomers(before: AspaTable, after: AspaTable): Asn[] {
  const changed = after.list().filter(({ customer, providers }) => {
    const old = before.get(customer)?.providers;
    return old === undefined || old.length !== providers.length || old.some((asn, i) => asn !== providers[i]);
  }).map(({ customer }) => customer);
  const gone = before.list().filter(({ customer }) => after.get(customer) === undefined);
  return [...changed, ...gone.map(({ customer }) => customer)].sort((a, b) => a - b);
}

function ascending(asns: Iterable<Asn>): Uint32Array {
  return Uint32Array.from(new Set(asns)).sort();
}

/** AS 0 says that there is no provider; beside one that is there it says nothing (§4). */
function providersOf(asns: Iterable<Asn>): Uint32Array {
  const sorted = ascending(asns);
  return sorted.length > 1 && sorted[0] === 0 ? sorted.subarray(1) : sorted;
}
