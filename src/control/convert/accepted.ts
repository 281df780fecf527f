/**
 * Makes a document one that `bgpd check` accepts. What bgpd does not accept becomes a comment; where a filter is
 * affected, the policy rejects every route.
 */

import { parseConfig } from "../../config/mod.ts";
import { type Document, type Owner, render, Table, type Value } from "./document.ts";
import { nothing } from "./draft.ts";

/** Each round removes something, and a round sees all mistakes at once. */
const mostRounds = 60;

/** A part of the draft that bgpd does not accept. */
export interface Refusal {
  readonly text: string;
}

/** The text of the document without what bgpd does not accept, and what that was. Changes the document. */
export function acceptedText(document: Document): { text: string; refusals: readonly Refusal[] } {
  const refusals: Refusal[] = [];
  for (let round = 0; round < mostRounds; round++) {
    const { text, owners } = render(document);
    const result = parseConfig(text);
    if (result.kind === "config") return { text, refusals };
    const done = new Set<Table>();
    for (const { line, message } of result.errors) {
      const owner = owners[line - 1] ?? { table: document.top };
      if (done.has(owner.table)) continue;
      done.add(owner.table);
      refusals.push({ text: `${describe(owner)}: ${message}` });
      repair(owner, message, document);
    }
  }
  // A way out that always holds: nothing but who we are.
  for (const { tables } of document.sections) for (const table of tables) table.isCommentedOut = true;
  for (const key of document.top.keys.keys()) if (key !== "router_id") document.top.keys.delete(key);
  document.top.keys.set("router_id", placeholderId);
  refusals.push({ text: "the tables are comments: bgpd does not accept them together" });
  return { text: render(document).text, refusals };
}

/** An address of RFC 5737, for a router ID that the input does not have. */
export const placeholderId = "192.0.2.1";

function describe({ table, parent, key }: Owner): string {
  const named = parent ?? table;
  const name = named.keys.get("name") ?? named.keys.get("remote_ip") ?? named.keys.get("prefix");
  const where = table.header === "" ? "the top level" : `[[${table.header}]]${name === undefined ? "" : ` "${name}"`}`;
  return key === undefined ? where : `${where}, ${key}`;
}

function repair({ table, parent, key }: Owner, message: string, document: Document): void {
  const comment = `not translated: bgpd refuses ${key ?? "this table"}: ${message}`;
  const policy = table.header === "policies" ? table : parent?.header === "policies" ? parent : undefined;
  if (policy !== undefined) {
    if (policy.children.length === 0) policy.isCommentedOut = true;
    policy.children = [];
    policy.keys.set("default", "reject");
    policy.comments.push(comment, "This policy rejects every route until you have written its rules.");
    return;
  }
  table.comments.push(comment);
  const isPeer = table.header === "peers" || table.header === "groups";
  if (isPeer && (key === "import" || key === "export")) {
    // A second mistake there means that the rejecting policy is missing.
    const value = table.keys.get(key);
    if (value === nothing) addNothing(document);
    else table.keys.set(key, nothing);
  } else if (key === "router_id" && table.header === "") {
    table.keys.set("router_id", placeholderId);
  } else if (key !== undefined && isSpare(table, key)) {
    table.keys.delete(key);
  } else if (table.header === "") table.keys.set("router_id", placeholderId);
  else table.isCommentedOut = true;
}

function addNothing({ sections }: Document): void {
  const policies = sections.find(({ title }) => title === "policies")?.tables;
  const rejecting: [string, Value][] = [["name", nothing], ["default", "reject"]];
  policies?.push(new Table("policies", rejecting, ["Rejects every route, also our own."]));
}

/** The table makes sense without the key. */
function isSpare({ header }: Table, key: string): boolean {
  if (header === "") return true;
  if (header !== "peers" && header !== "groups") return false;
  return key !== "remote_ip" && key !== "remote_as" && key !== "group" && key !== "interface";
}
