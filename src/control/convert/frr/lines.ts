/** Lines of an FRR configuration, each with the block in which it stands. */

import type { Place } from "../place.ts";

export interface Line {
  readonly at: Place;
  /** Without "no". */
  readonly words: readonly string[];
  readonly isNegated: boolean;
  /** The line as it stands there, without blanks around it. */
  readonly text: string;
}

/** A line of the top level, and the lines of its block. */
export interface Block {
  readonly head: Line;
  readonly lines: readonly Line[];
}

/** First words of lines inside `router bgp`, for files without indentation. */
const inBgp = new Set([
  "neighbor",
  "bgp",
  "network",
  "timers",
  "redistribute",
  "maximum-paths",
  "address-family",
  "exit-address-family",
  "aggregate-address",
  "distance",
  "table-map",
  "coalesce-time",
  "update-delay",
  "read-quanta",
  "write-quanta",
]);

/** First words of lines that begin a block. */
const blockWords = new Set([
  "router",
  "route-map",
  "interface",
  "vrf",
  "line",
  "key",
  "segment-routing",
  "pbr-map",
  "nexthop-group",
  "bfd",
  "rpki",
  "mpls",
  "l2vpn",
  "pseudowire",
]);

const inRouteMap = new Set(["match", "set", "on-match", "call", "continue", "description"]);

export function blocksOf(text: string, file: string): Block[] {
  const blocks: { head: Line; lines: Line[] }[] = [];
  let open: { head: Line; lines: Line[] } | undefined;
  text.split("\n").forEach((raw, i) => {
    const line = lineOf(raw, { file, line: i + 1 });
    if (line === undefined) return;
    if (line.words[0] === "exit" || line.words[0] === "end") {
      open = undefined;
      return;
    }
    const isInside = open !== undefined && (/^\s/.test(raw) || belongs(line, open.head));
    if (open !== undefined && isInside) {
      open.lines.push(line);
      return;
    }
    const block = { head: line, lines: [] };
    blocks.push(block);
    open = hasBlock(line) ? block : undefined;
  });
  return blocks;
}

function lineOf(raw: string, at: Place): Line | undefined {
  const text = raw.trim();
  if (text === "" || text.startsWith("!") || text.startsWith("#")) return undefined;
  const words = text.split(/\s+/);
  const isNegated = words[0] === "no" && words.length > 1;
  return { at, words: isNegated ? words.slice(1) : words, isNegated, text };
}

function hasBlock({ words, isNegated }: Line): boolean {
  if (isNegated) return false;
  return blockWords.has(words[0] ?? "");
}

function belongs({ words }: Line, head: Line): boolean {
  const [word = "", second = ""] = words;
  if (word === "bgp") {
    const isList = /^(as-path|community-list|large-community-list|extcommunity-list|community)$/.test(second);
    return head.words[0] === "router" && !isList;
  }
  if (head.words[0] === "router") return inBgp.has(word);
  return head.words[0] === "route-map" && inRouteMap.has(word);
}
