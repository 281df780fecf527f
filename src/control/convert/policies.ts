/** Policies that stand for filters, lists and route maps. Each is written once, however many peers use it. */

import { Table, type Value } from "./document.ts";
import type { Draft } from "./draft.ts";
import { NotUnderstood, type Place } from "./place.ts";

/** What a policy stands for. */
interface Original {
  /** Two policies with the same key are one. */
  readonly key: string;
  readonly name: string;
  readonly at: Place;
  /** The words of the input, for a note. */
  readonly text: string;
  /** `"reject"` if the original decides about every route; without it, the next policy of a list does. */
  readonly default?: "reject";
}

export class Policies {
  readonly #draft: Draft;
  /** Names by key. */
  readonly #names = new Map<string, string>();

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  has(key: string): boolean {
    return this.#names.has(key);
  }

  /** The name of the policy; `make` writes it when it is first asked for. */
  once(key: string, wanted: string, make: (name: string) => void): string {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = this.#draft.nameFor(wanted);
    this.#names.set(key, name);
    make(name);
    return name;
  }

  /** The policy that accepts every route. */
  everything(): string {
    return this.once("everything", "everything", (name) => this.#draft.policy(name, [], { default: "accept" }));
  }

  /** The policy that sets the LOCAL_PREF that routes have before the filters; an empty list for bgpd's own 100. */
  localPref(value: number): string[] {
    if (value === 100) return [];
    const rule = new Table("policies.rules", [["set", { local_pref: value }]]);
    const wanted = `local-pref-${value}`;
    return [this.once(wanted, wanted, (name) => this.#draft.policy(name, [rule]))];
  }

  /** The policy with the rules that `rules` writes; if it cannot write them, a policy that rejects every route. */
  translated({ key, name: wanted, at, text, default: verdict }: Original, rules: () => readonly Table[]): string {
    return this.once(key, wanted, (name) => {
      try {
        this.#draft.policy(name, rules(), verdict === undefined ? {} : { default: verdict });
      } catch (error) {
        if (!(error instanceof NotUnderstood)) throw error;
        const comments = this.#draft.notes.leave(at, `${text}: ${error.message}`);
        this.#draft.policy(name, [], {
          default: "reject",
          comments: [...comments, "This policy rejects every route until you have written its rules."],
        });
      }
    });
  }
}

/** One value if all families have the same, otherwise a table by family; `undefined` without families. */
export function sameForAll(choices: readonly (readonly [string, Value])[]): Value | undefined {
  const [first] = choices;
  if (first === undefined) return undefined;
  const isSame = choices.every(([, value]) => JSON.stringify(value) === JSON.stringify(first[1]));
  return isSame ? first[1] : Object.fromEntries(choices);
}
