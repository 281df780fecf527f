/**
 * Prints the effect of policies on a route: each rule, which conditions matched, what was set, and which rule
 * decided.
 */

import type { ExplainedRule } from "../../../policy/mod.ts";
import { toJson } from "../../json.ts";
import { differences, valuesOf } from "../../policy/differences.ts";
import type { Trial } from "../../policy/trial.ts";
import type { Io } from "../command.ts";
import { printJsonList } from "../text/rows.ts";
import { paint, printTable, type TableRow } from "../text/table.ts";

export interface TriedRoute {
  readonly prefix: string;
  readonly direction: "import" | "export";
  readonly peer: string;
  /** The source of the attributes: `"as received"` … */
  readonly about: string;
  readonly trial: Trial;
}

export function printTrials(routes: readonly TriedRoute[], asJson: boolean, io: Io): void {
  if (asJson) return printJsonList(routes.map(jsonOf), io);
  routes.forEach((route, i) => {
    if (i > 0) io.write("\n");
    printTrial(route, io);
  });
}

function printTrial({ prefix, direction, peer, about, trial }: TriedRoute, io: Io): void {
  const way = direction === "import" ? "from" : "to";
  io.write(paint(`${prefix} ${way} ${peer}, ${about}`, "bold", io.useColour) + "\n");
  for (const value of valuesOf(trial.before)) io.write(`  ${value}\n`);
  let policy: string | undefined;
  const rows: TableRow[] = [];
  const flush = () => {
    printTable([{ title: "Rule" }, { title: `of policy ${policy}`, fit: "sentence" }], rows, io);
    rows.length = 0;
  };
  for (const step of trial.steps) {
    if (step.policy !== policy) {
      if (rows.length > 0) flush();
      policy = step.policy;
      io.write("\n");
    }
    rows.push(...stepRows(step));
  }
  if (rows.length > 0) flush();
  io.write(`\n${paint(verdict(direction, trial), trial.accepted ? "green" : "red", io.useColour)}\n`);
  for (const line of outcome(trial)) io.write(`  ${line}\n`);
}

function stepRows({ rule, conditions, matched, changes, verdict }: ExplainedRule): TableRow[] {
  const lines = conditions.map(({ text, holds }) => `${text}: ${holds ? "yes" : "no"}`);
  if (matched) {
    lines.push(...changes.map((change) => `set ${change}`));
    lines.push(verdict);
  }
  const mark = matched ? "+" : " ";
  return lines.map((line, i) => ({ mark: i === 0 ? mark : " ", cells: [i === 0 ? rule ?? "default" : "", line] }));
}

function verdict(direction: "import" | "export", { accepted, reason, word }: Trial): string {
  const by = reason ?? `${direction} = "${word}"`;
  return `${accepted ? "accepted" : "rejected"}: ${by}`;
}

/** The changes of an accepted route. */
function outcome({ accepted, before, after, nextHop }: Trial): string[] {
  if (!accepted) return [];
  const lines = differences(before, after);
  if (nextHop === "self") lines.push("next_hop: our own address");
  return lines.length === 0 ? ["no attribute changes"] : lines;
}

function jsonOf({ prefix, direction, peer, about, trial }: TriedRoute): string {
  const { steps, accepted, reason, word, before, after, nextHop } = trial;
  return toJson({
    prefix,
    direction,
    peer,
    about,
    accepted,
    reason: reason ?? null,
    word: word ?? null,
    before: valuesOf(before),
    after: accepted ? valuesOf(after) : null,
    changes: accepted ? differences(before, after) : [],
    nextHop: nextHop ?? null,
    rules: steps.map(({ rule, ...step }) => ({ ...step, rule: rule ?? null })),
  });
}
