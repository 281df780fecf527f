/**
 * Texts that people see in SQL or JSON and that schema 6 renamed. The migration from schema 5 replaces the stored ones;
 * docs/renamed_texts.md lists all of them for scripts that compare texts, and a test keeps that page equal to this list.
 */

import type { Database } from "../sqlite.ts";

/** The columns that store such texts. */
export const textColumns = [
  "words.word",
  "peers.reason",
  "peer_events.text",
  "announcements.error",
  "outcome_peers.reason",
] as const;
export type TextColumn = typeof textColumns[number];

export interface RenamedText {
  /** `…` stands for any text, which the new text keeps at its own `…`. */
  readonly old: string;
  readonly new: string;
  /** Where the text is stored; empty where it is computed when it is shown. */
  readonly stored: readonly TextColumn[];
  /** Where else people see it: a JSON key. */
  readonly shown?: string;
}

export const renamedTexts: readonly RenamedText[] = [
  {
    old: "originated here: that comes before all that peers say",
    new: "originated here: takes precedence over all received routes",
    stored: [],
    shown: "JSON `explanation`",
  },
  {
    old: "oldest: as good as others up to here, and best before them (RFC 5004)",
    new: "oldest: ties with others up to this step, and was the best route before (RFC 5004)",
    stored: [],
    shown: "JSON `explanation`",
  },
  {
    old: "as good up to here, but best was there first (oldest, RFC 5004)",
    new: "ties up to this step, but best was the best route before (oldest, RFC 5004)",
    stored: [],
    shown: "JSON `explanation`",
  },
  {
    old: "no candidate: over max prefixes: the peer has more routes than it may",
    new: "no candidate: over max prefixes: the peer exceeds its maximum-prefix limit",
    stored: [],
    shown: "JSON `explanation`",
  },
  {
    old: "no candidate: link-local next hop: nobody knows of which link, as this session is not on one (RFC 2545 §3)",
    new:
      "no candidate: link-local next hop: this session does not run over a link, so the link is unknown (RFC 2545 §3)",
    stored: [],
    shown: "JSON `explanation`",
  },
  {
    old: "it is long-lived stale, and the peer does not know of such (RFC 9494 §4.3)",
    new: "it is long-lived stale, and the peer did not negotiate long-lived graceful restart (RFC 9494 §4.3)",
    stored: [],
    shown: "JSON `reason`",
  },
];

/** Replaces every old text in the columns that store it. Running it again changes nothing. */
export function renameTexts(db: Database, texts: readonly RenamedText[] = renamedTexts): void {
  for (const column of textColumns) {
    const rename = renamer(texts.filter(({ stored }) => stored.includes(column)));
    if (rename === undefined) continue;
    const [table, name] = column.split(".") as [string, string];
    db.define("renamed_text", (text) => typeof text === "string" ? rename(text) : text);
    db.exec(`UPDATE ${table} SET ${name} = renamed_text(${name}) WHERE renamed_text(${name}) <> ${name}`);
  }
}

/** `undefined` where no text is renamed. */
function renamer(texts: readonly RenamedText[]): ((text: string) => string) | undefined {
  if (texts.length === 0) return undefined;
  const exact = new Map(texts.map((text) => [text.old, text.new]));
  const patterns = texts.filter(({ old }) => old.includes("…")).map((text) => ({
    pattern: new RegExp(`^${text.old.split("…").map(RegExp.escape).join("([^]*?)")}$`),
    parts: text.new.split("…"),
  }));
  return (text) => {
    const found = exact.get(text);
    if (found !== undefined) return found;
    for (const { pattern, parts } of patterns) {
      const match = pattern.exec(text);
      if (match !== null) return parts.map((part, i) => part + (match[i + 1] ?? "")).join("");
    }
    return text;
  };
}
