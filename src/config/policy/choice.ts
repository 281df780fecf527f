/** The values of `import` and `export`: a word, policies, or either for each family. */

import type { ChoiceByFamily, PolicyChain } from "../../policy/mod.ts";
import { type ByFamily, families, familyByName } from "../../types/mod.ts";
import { nearest, type SourcePosition } from "../toml/errors.ts";
import { nameTerm } from "./match_values.ts";
import type { TomlNode } from "../toml/parse.ts";
import { fail, quoted, type ValueType, wrong } from "../keys/value_type.ts";

/** The value of `import` or `export`, and the names of policies in it with their positions. */
export interface WrittenChoice<Word extends string> {
  readonly choice: ChoiceByFamily<Word>;
  readonly names: readonly { readonly name: string; readonly at: SourcePosition }[];
}

/** A word, a policy, a list of policies, or a table of these by family. */
export function policyChoice<Word extends string>(
  words: readonly Word[],
  otherwise: Word,
): ValueType<WrittenChoice<Word>> {
  const choices = words.map((word) => `"${word}"`).join(", ");
  const wanted = `${choices}, the name of a policy, or a list of policies`;
  return {
    name: `${choices}, policy, list of policies, or a table family = one of these`,
    parse(node, key, report) {
      const names: { name: string; at: SourcePosition }[] = [];
      const one = (item: TomlNode): Word | PolicyChain | undefined => {
        const word = item.kind === "string" ? words.find((word) => word === item.value.toLowerCase()) : undefined;
        if (word !== undefined) return word;
        const items = item.kind === "array" ? item.items : [item];
        const found = items.map((entry) => nameTerm(entry, key) ?? wrong(entry, key, wanted, report));
        if (items.length === 0) return fail(item, `${key}: a list of policies needs at least one name`, report);
        const known = found.filter((term) => term !== undefined);
        for (const term of known) {
          if (words.some((word) => word === term.name)) {
            return fail(item, `${key}: "${term.name}" cannot be in a list`, report);
          }
        }
        if (known.length !== found.length) return undefined;
        names.push(...known);
        return known.map(({ name }) => name);
      };
      if (node.kind !== "table") {
        const choice = one(node);
        return choice === undefined ? undefined : { choice, names };
      }
      const byFamily: ByFamily<Word | PolicyChain> = {};
      let rest: Word | PolicyChain = otherwise;
      let valid = true;
      for (const [name, entry] of node.entries) {
        const id = familyByName(name)?.id;
        const choice = one(entry);
        if (id === undefined && name !== "default") {
          const known = [...families.map((row) => row.name), "default"];
          const near = nearest(name, known);
          report.add(
            entry.keyAt,
            `${key}: "${name}" is not a family (${known.join(", ")})`,
            quoted(near),
          );
        } else if (choice !== undefined) {
          if (id === undefined) rest = choice;
          else byFamily[id] = choice;
          continue;
        }
        valid = false;
      }
      return valid ? { choice: { families: byFamily, otherwise: rest }, names } : undefined;
    },
  };
}
