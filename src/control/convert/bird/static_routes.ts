/** Static protocols of BIRD as `[[static_routes]]`. */

import { Table, type Value } from "../document.ts";
import { NotUnderstood } from "../place.ts";
import { communityKeys, originOf } from "./effects.ts";
import { attributeName } from "./conditions.ts";
import { type Names, resolved, type Scope } from "./names.ts";
import { familyOfChannel } from "./options.ts";
import { headText, type Statement, statementsOf, statementText } from "./statements.ts";
import { FilterParser, type Step } from "./syntax.ts";
import { asnValue, communityText } from "./values.ts";

/** Where a packet to a prefix goes that BIRD itself drops. */
const drops = new Set(["blackhole", "unreachable", "prohibit", "reject", "drop"]);

/** The prefixes of a static protocol, for filters that name the protocol. */
export function staticPrefixes(statements: readonly Statement[]): string[] {
  return statements.flatMap((statement) => statement.head[0]?.text === "route" ? [prefixOf(statement)] : []);
}

function prefixOf({ head }: Statement): string {
  return head[2]?.text === "/" ? `${head[1]!.text}/${head[3]?.text ?? ""}` : head[1]?.text ?? "";
}

/** Adds the routes of a static protocol to the draft. `hasExternal`: there are eBGP peers. */
export function addStaticRoutes(statements: readonly Statement[], names: Names, hasExternal: boolean): void {
  const { draft } = names;
  for (const statement of statements) {
    const word = statement.head[0]?.text ?? "";
    const text = statementText(statement);
    if (word === "route" && /^flow[46]$/.test(statement.head[1]?.text ?? "")) {
      draft.looseComments.push(...draft.notes.leave(statement.at, `${text}: write the rule as [[static_flows]]`));
    } else if (word === "route") {
      const table = new Table("static_routes", [["prefix", prefixOf(statement)]]);
      try {
        fill(table, statement, { names, hasExternal });
      } catch (error) {
        if (!(error instanceof NotUnderstood)) throw error;
        table.isCommentedOut = true;
        table.comments.push(...draft.notes.leave(statement.at, `${text}: ${error.message}`));
      }
      draft.staticRoutes.push(table);
    } else if (statement.block !== undefined && familyOfChannel(headText(statement.head)) !== undefined) {
      for (const inner of statementsOf(statement.block, draft.notes)) {
        const isFilter = inner.head[0]?.text === "import" && inner.head[1]?.text !== "all";
        if (isFilter) {
          draft.looseComments.push(
            ...draft.notes.leave(inner.at, `${statementText(inner)}: write the attributes into the [[static_routes]]`),
          );
        }
      }
    } else if (!/^(ipv[46]|description|debug|check|disabled|igp|vrf|preference)$/.test(word)) {
      draft.looseComments.push(...draft.notes.leave(statement.at, `protocol static: ${text}`));
    }
  }
}

function fill(
  table: Table,
  statement: Statement,
  { names, hasExternal }: { names: Names; hasExternal: boolean },
): void {
  const rest = statement.head.slice(statement.head[2]?.text === "/" ? 4 : 2);
  const [word, target] = rest;
  const { notes } = names.draft;
  if (word !== undefined && (word.text === "via" || word.text === "recursive")) {
    if (target?.kind === "address") {
      table.keys.set("next_hop", target.text);
      if (hasExternal && word.text === "via") {
        table.comments.push("BIRD sends this next hop to eBGP peers on the same link only, else its own address.");
      }
    } else if (target?.kind !== "text") throw new NotUnderstood("the next hop");
    if (rest.slice(2).some(({ text }) => text === "via")) {
      table.comments.push(...notes.leave(statement.at, `${headText(statement.head)}: only the first next hop`));
    }
  } else if (word !== undefined && !drops.has(word.text)) throw new NotUnderstood(`"${word.text}"`);
  if (statement.block === undefined) return;
  const scope: Scope = { names, direction: "export", bound: new Map(), calls: [] };
  for (const step of new FilterParser(statement.block).steps()) applyStep(table, step, scope);
}

function applyStep(table: Table, step: Step, scope: Scope): void {
  if (step.kind === "assign") {
    const value = resolved(step.value, scope);
    const key = { bgp_med: "med", bgp_local_pref: "local_pref" }[step.name];
    const origin = step.name === "bgp_origin" && value.kind === "name" ? originOf(value.text) : undefined;
    if (key !== undefined && value.kind === "number") table.keys.set(key, value.value);
    else if (origin !== undefined) table.keys.set("origin", origin);
    else if (step.name === "bgp_next_hop" && value.kind === "address") table.keys.set("next_hop", value.text);
    else if (!/^(preference|krt_|igp_metric)/.test(step.name)) throw new NotUnderstood(step.text);
    return;
  }
  if (step.kind !== "run" || step.value.kind !== "member") throw new NotUnderstood(step.text);
  const attribute = attributeName(step.value.of);
  const [item] = step.value.items?.map((one) => resolved(one, scope)) ?? [];
  const key = communityKeys[attribute];
  const old = (name: string) => (table.keys.get(name) ?? []) as readonly Value[];
  if (key !== undefined && step.value.name === "add" && item !== undefined) {
    table.keys.set(key, [...old(key), communityText(item)]);
  } else if (attribute === "bgp_path" && step.value.name === "prepend" && item !== undefined) {
    table.keys.set("as_path", [asnValue(item), ...old("as_path")]);
  } else throw new NotUnderstood(step.text);
}
