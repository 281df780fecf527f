/** The result of a conversion: the text of a configuration, and what the operator has to know. */

import { acceptedText, placeholderId } from "./accepted.ts";
import { documentOf, type Draft, type Secret } from "./draft.ts";
import { type Note, placeText } from "./place.ts";

export interface Conversion {
  /** A configuration that `bgpd check` accepts once the files of the secrets exist. */
  readonly text: string;
  /** What the input does and the output does not, a line each. */
  readonly leftOut: readonly string[];
  /** What works another way or needs no translation, a line each. */
  readonly remarks: readonly string[];
  /** Files that the output names as `password_file`, in the folder of secrets. */
  readonly secrets: readonly Secret[];
}

export interface ConversionOptions {
  /** Where the output looks for the files with secrets. */
  readonly secretsFolder: string;
}

/** `program`: the other daemon; `file`: the name of its file. */
export function conversionOf(
  draft: Draft,
  { program, file, secretsFolder }: { program: string; file: string; secretsFolder: string },
): Conversion {
  const { notes } = draft;
  if (!draft.top.has("router_id")) guessRouterId(draft, { file, program });
  simplifyLocalAs(draft);
  const document = documentOf(draft, headOf(draft, { program, file, secretsFolder }), secretsFolder);
  const { text, refusals } = acceptedText(document);
  return {
    text,
    leftOut: [...lines(notes.leftOut), ...refusals.map((refusal) => `bgpd refuses ${refusal.text}`)],
    remarks: lines(notes.remarks),
    secrets: draft.secrets,
  };
}

function lines(notes: readonly Note[]): string[] {
  return notes.map(({ at, text }) => `${placeText(at)}: ${text}`);
}

function headOf(
  { notes, secrets, looseComments }: Draft,
  { program, file, secretsFolder }: { program: string; file: string; secretsFolder: string },
): string[] {
  const head = [`From ${file}, a configuration of ${program}, by bgpd convert.`];
  if (notes.leftOut.length > 0) {
    head.push('Lines with "not translated" name what this file does not do: read them first.');
  }
  if (secrets.length > 0) {
    head.push(`The keys of the sessions are in files of the folder ${secretsFolder}, one for each.`);
  }
  if (looseComments.length > 0) head.push("", ...looseComments);
  if (notes.remarks.length > 0) head.push("", "Works another way, or needs no counterpart:");
  return [...head, ...lines(notes.remarks).map((line) => `  ${line}`)];
}

/** The other daemons take an address of the machine. */
function guessRouterId(draft: Draft, { file, program }: { file: string; program: string }): void {
  const local = [...draft.peers, ...draft.groups.values()].map(({ keys }) => keys.get("local_ip"));
  const found = local.find((address) => typeof address === "string" && /^\d+\.\d+\.\d+\.\d+$/.test(address));
  draft.top.set("router_id", found ?? placeholderId);
  const text = found === undefined
    ? `no router ID: ${program} takes an address of the machine; write it in place of ${placeholderId}`
    : `no router ID: ${program} takes an address of the machine; this is the local address of a session`;
  draft.topComments.push(...draft.notes.leave({ file, line: 1 }, text));
}

/** `default_as` is the AS of most peers, which then need no `local_as`. */
function simplifyLocalAs(draft: Draft): void {
  if (!draft.top.has("default_as")) {
    const counts = new Map<number, number>();
    for (const { keys } of draft.peers) {
      const asn = keys.get("local_as");
      if (typeof asn === "number") counts.set(asn, (counts.get(asn) ?? 0) + 1);
    }
    const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
    if (most === undefined) return;
    draft.top.set("default_as", most[0]);
  }
  const ours = draft.top.get("default_as");
  for (const { keys } of draft.groups.values()) if (keys.get("local_as") === ours) keys.delete("local_as");
  for (const { keys, group } of draft.peers) {
    const shared = group === undefined ? undefined : draft.groups.get(group)?.keys.get("local_as");
    if (keys.get("local_as") === ours && shared === undefined) keys.delete("local_as");
  }
}
