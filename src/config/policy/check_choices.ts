/** Checks the policies that peers name: each exists, and has only conditions and actions of its direction. */

import type { PolicyTable, Rule } from "../../policy/mod.ts";
import { checkNameExists } from "../keys/names.ts";
import type { Report } from "../toml/errors.ts";
import type { WrittenChoice } from "./choice.ts";

interface Choices {
  readonly import?: WrittenChoice<string>;
  readonly export?: WrittenChoice<string>;
}

/** Checks `import` and `export` of one table, of a peer or a group. */
export function checkChoices(choices: Choices, { policies }: PolicyTable, report: Report): void {
  const byName = new Map(policies.map((policy) => [policy.name, policy]));
  for (const direction of ["import", "export"] as const) {
    const other = direction === "import" ? "export" : "import";
    for (const { name, at } of choices[direction]?.names ?? []) {
      checkNameExists({ name, at, key: direction }, "policies", byName, report);
      for (const rule of byName.get(name)?.rules ?? []) {
        for (const text of foreignParts(rule, direction)) {
          report.add(at, `${direction}: rule ${rule.name} of policy "${name}" has ${text}, which is for ${other} only`);
        }
      }
    }
  }
}

/** The conditions and actions of a rule that have no meaning in this direction. */
function foreignParts(rule: Rule, direction: "import" | "export"): string[] {
  const foreign: string[] = [];
  for (const { kind, text } of rule.conditions) {
    const forExport = kind === "fromAs" || kind === "fromPeer" || kind === "fromGroup" || kind === "source";
    if (forExport && direction === "import") foreign.push(text);
  }
  for (const action of rule.actions) {
    if (action.kind !== "nextHop" || action.to.kind === "address") continue;
    if ((action.to.kind === "peer") !== (direction === "import")) foreign.push(action.text);
  }
  return foreign;
}
