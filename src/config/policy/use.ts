/** Policies where peers name them: do they exist, and do they ask only for what is known there? */

import type { PolicyBook, Rule } from "../../policy/mod.ts";
import { nearest, type Report } from "../toml/errors.ts";
import type { WrittenChoice } from "./choice.ts";

interface Choices {
  readonly import?: WrittenChoice<string>;
  readonly export?: WrittenChoice<string>;
}

/** Of a peer or a group: what stands in its own table. */
export function checkChoices(choices: Choices, book: PolicyBook, report: Report): void {
  for (const direction of ["import", "export"] as const) {
    for (const { name, at } of choices[direction]?.names ?? []) {
      const policy = book.policies.find((policy) => policy.name === name);
      if (policy === undefined) {
        const near = nearest(name, book.policies.map(({ name }) => name));
        const message = `${direction}: no [[policies]] has the name "${name}"`;
        report.add(at, message, near === undefined ? undefined : `"${near}"`);
        continue;
      }
      const other = direction === "import" ? "export" : "import";
      for (const rule of policy.rules) {
        for (const text of foreignParts(rule, direction)) {
          report.add(at, `${direction}: rule ${rule.name} of policy "${name}" has ${text}, which is for ${other} only`);
        }
      }
    }
  }
}

/** What in a rule has no meaning in this direction. */
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
