/**
 * Texts that people see in SQL or JSON and that schema 6 renamed. One file because it is one list. The migration from
 * schema 5 replaces the stored ones; docs/renamed_texts.md lists all of them for scripts that compare texts, and a test
 * keeps that page equal to this list.
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
    old: "no candidate: link-local next hop: nobody knows of which link, as this session is not on one " +
      "(RFC 2545 §3)",
    new: "no candidate: link-local next hop: this session does not run over a link, so the link is " +
      "unknown (RFC 2545 §3)",
    stored: [],
    shown: "JSON `explanation`",
  },
  {
    old: "it is long-lived stale, and the peer does not know of such (RFC 9494 §4.3)",
    new: "it is long-lived stale, and the peer did not negotiate long-lived graceful restart (RFC 9494 §4.3)",
    stored: ["outcome_peers.reason"],
    shown: "JSON `reason`",
  },
  {
    old: "other paths of the prefix go before, and add_path_send allows no more",
    new: "other paths of the prefix take precedence, and add_path_send allows no more",
    stored: ["outcome_peers.reason"],
    shown: "JSON `reason`",
  },
  {
    old: "an announcement of the same prefix goes before",
    new: "an announcement of the same prefix takes precedence",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "…, routes are judged anew, sessions stay",
    new: "…, routes are re-evaluated, sessions stay",
    stored: [],
    shown: "JSON `changes`",
  },
  {
    old: "bgp_socket changed, but the command line goes before",
    new: "bgp_socket changed, but the command line takes precedence",
    stored: [],
    shown: "JSON `changes`",
  },
  {
    old: "…: drained no longer, as configured",
    new: "…: not drained any more, as configured",
    stored: [],
    shown: "JSON `changes`",
  },
  {
    old: "…: in … now, session resets",
    new: "…: now a member of …, session resets",
    stored: [],
    shown: "JSON `changes`",
  },
  {
    old: "stands in the configuration file, too, which goes before what peer add said",
    new: "is also in the configuration file, which takes precedence over peer add",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: 'prefix: "…" has no length; … is this address alone',
    new: 'prefix: "…" has no length; did you mean …?',
    stored: ["announcements.error"],
  },
  {
    old: "prefix: … is …, no destination to announce (RFC 4271 §6.3)",
    new: "prefix: … is … and cannot be announced (RFC 4271 §6.3)",
    stored: ["announcements.error"],
  },
  {
    old: 'prefix: "…" has bits set behind its length; … may be meant',
    new: 'prefix: "…" has host bits set; did you mean …?',
    stored: ["announcements.error"],
  },
  {
    old: 'prefix: "…" is not a prefix as "192.0.2.0/24" or "2001:db8::/32"',
    new: 'prefix: "…" is not a prefix; write for example "192.0.2.0/24" or "2001:db8::/32"',
    stored: ["announcements.error"],
  },
  {
    old: 'origin: "…" is none of igp, egp, incomplete',
    new: 'origin: "…" is not an origin; write igp, egp or incomplete',
    stored: ["announcements.error"],
  },
  {
    old: 'as_path: "…" is not a path as "65000 500 {1,2}"',
    new: 'as_path: "…" is not an AS path; write for example "65000 500 {1,2}"',
    stored: ["announcements.error"],
  },
  {
    old: "as_path: AS 0 is nobody's (RFC 7607)",
    new: "as_path: AS 0 is reserved (RFC 7607)",
    stored: ["announcements.error"],
  },
  {
    old: 'communities: "…" is not one as "65000:99" or "no-export"',
    new: 'communities: "…" is not valid; write for example "65000:99" or "no-export"',
    stored: ["announcements.error"],
  },
  {
    old: 'large_communities: "…" is not one as "65000:1:2"',
    new: 'large_communities: "…" is not valid; write for example "65000:1:2"',
    stored: ["announcements.error"],
  },
  {
    old: 'ext_communities: "…" is not one as "rt:65000:100"',
    new: 'ext_communities: "…" is not valid; write for example "rt:65000:100"',
    stored: ["announcements.error"],
  },
  {
    old: "stale: of an earlier session, and not announced again yet; no candidate",
    new: "no candidate: stale, from an earlier session and not announced again yet",
    stored: [],
    shown: "JSON `explanation`",
  },
  {
    old: "…; routes have changed since, the next decision is on its way to the database",
    new: "…; routes have changed since, and the next decision is not written yet",
    stored: [],
    shown: "JSON `explanation`",
  },
  {
    old: "not compared: routes have changed since the decision that the database has",
    new: "not compared: routes have changed since the stored decision",
    stored: [],
    shown: "JSON `explanation`",
  },
  {
    old: "the kernel knows no neighbour on …, or several: bgpd waits for one to connect; …",
    new: "the kernel lists no neighbour on …, or several: bgpd waits until one connects; …",
    stored: ["peers.reason", "peer_events.text"],
  },
  {
    old: "the peer did not announce route refresh; only peer reset brings its routes again",
    new: "peer … did not announce route refresh; to get its routes again, reset it (bgpd peer reset)",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "… in another order",
    new: "… in a different order",
    stored: [],
    shown: "JSON `changes`",
  },
  {
    old: "… gone",
    new: "… removed",
    stored: [],
    shown: "JSON `changes`",
  },
  {
    old: "there is no … here",
    new: "the API has no …; see /api/v1/openapi.json",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "read-only here: …",
    new: "this socket is read-only: …",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "this needs the token: …",
    new: "this request needs a token: …",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "this is not the token",
    new: "the token is wrong",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "too many questions are being answered at the moment: ask again in a second",
    new: "too many requests at the moment; try again in a second",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "address or prefix is missing: which routes",
    new: "address or prefix is missing",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "limit goes with longer=true",
    new: "limit needs longer=true",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "longer goes with prefix",
    new: "longer needs prefix",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "no family is named …",
    new: "unknown family …",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "as_path has an AS_SET: RFC 9774 has nobody announce one; leave it out, or set reject_as_sets = " +
      "false at the peer that is to get it",
    new: "as_path has an AS_SET: RFC 9774 forbids to announce one; leave it out, or set reject_as_sets = " +
      "false at the peer that should receive it",
    stored: ["announcements.error"],
  },
  {
    old: "no connection leads from … to …: IPv4 and IPv6",
    new: "no connection is possible from … to …: one is IPv4, the other IPv6",
    stored: ["peers.reason", "peer_events.text"],
  },
  {
    old: "this kernel has no …, which the password of … needs",
    new: "this kernel has no …, which the password_file of … needs",
    stored: ["peers.reason", "peer_events.text"],
  },
  {
    old: "…: session ends if more are accepted than may be: …",
    new: "…: session ends if more routes are accepted than the limit: …",
    stored: [],
    shown: "JSON `changes`",
  },
  {
    old: "… stands in the configuration file: change it there and reload",
    new: "… is in the configuration file: change it there and reload",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "… stands in the configuration file: take it out there and reload",
    new: "… is in the configuration file: remove it there and reload",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "… stands in the configuration: take it out there and reload",
    new: "… is in the configuration: remove it there and reload",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "… was added already: --replace puts this in its place",
    new: "… was added already: use --replace to replace it",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "this run of bgpd ends: ask again when the next one is there",
    new: "bgpd restarts: try again in a moment",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "bgpd goes on as it was: …",
    new: "bgpd was not restarted, the configuration has errors: …",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "database is …, the configuration itself: name another file",
    new: "database is …, the configuration file itself: name another file",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "the password file … of peer … holds … octets, TCP MD5 takes 1 to 80",
    new: "the password file … of peer … has … octets; a TCP-MD5 key has 1 to 80",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "api_token_file …: a token has 8 characters or more and no blanks",
    new: "api_token_file …: a token has at least 8 characters, and no spaces",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "database_group: cannot read /etc/group: …; give the number of the group",
    new: "database_group: cannot read /etc/group: …; write the number of the group instead",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "database_group: there is no group … in /etc/group",
    new: "database_group: /etc/group has no group …",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "the database cannot be written now: it is locked, or the disk is full",
    new: "the database cannot be written now: another program locks it, or the disk is full; try again",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "too many questions are open at the moment: ask again in a second",
    new: "too many queries are open now: try again in a second",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "too many clients at the moment",
    new: "too many clients; try again in a second",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "the answer …: ask for fewer, or ask the database",
    new: "the answer …: ask for fewer, or query the database",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "the answer …: ask for fewer routes, or ask the database",
    new: "the answer …: ask for fewer routes, or query the database",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "this is a mistake in bgpd; its log says more",
    new: "bgpd has a bug; its log has the details",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "address or prefix, not both",
    new: "give address or prefix, not both",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "prefix is missing: what to withdraw",
    new: "prefix is missing",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "… is not of family …",
    new: "… does not belong to family …",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "wait must be a number of seconds up to …, not …",
    new: "wait must be a number of seconds from 0 to …, not …",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: '"…" has bits set behind its length; did you mean …?',
    new: '"…" has host bits set; did you mean …?',
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: '"…" has no length; did you mean …, this address alone?',
    new: '"…" has no length; did you mean … for this address alone?',
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "… (… has its address now, and is another peer)",
    new: "… (… has its address now and is another peer)",
    stored: [],
    shown: "JSON `changes`",
  },
  {
    old: "no candidate: martian prefix, no destination of unicast routing (RFC 4271 §6.3)",
    new: "no candidate: martian prefix, which cannot be a unicast destination (RFC 4271 §6.3)",
    stored: [],
    shown: "JSON `explanation`",
  },
  {
    old: "no candidate: route leak (OTC): ONLY_TO_CUSTOMER forbids this way (RFC 9234 §5)",
    new: "no candidate: route leak (OTC): ONLY_TO_CUSTOMER forbids the peer to announce it (RFC 9234 §5)",
    stored: [],
    shown: "JSON `explanation`",
  },
  {
    old: "the configuration stays as it was: …",
    new: "not reloaded, the configuration has errors: …",
    stored: [],
    shown: "JSON `error`",
  },
  {
    old: "ONLY_TO_CUSTOMER forbids this way (RFC 9234 §5)",
    new: "ONLY_TO_CUSTOMER forbids to announce it to this peer (RFC 9234 §5)",
    stored: ["outcome_peers.reason"],
    shown: "JSON `reason`",
  },
  {
    old: "its AS path has an AS_SET, and the peer has not reject_as_sets = false (RFC 9774)",
    new: "its AS path has an AS_SET, and the peer does not have reject_as_sets = false (RFC 9774)",
    stored: ["outcome_peers.reason"],
    shown: "JSON `reason`",
  },
  {
    old: "a route for this peer only goes in its place",
    new: "a route announced only to this peer takes precedence",
    stored: ["outcome_peers.reason"],
    shown: "JSON `reason`",
  },
  {
    old: "no message of this session holds it with its attributes",
    new: "its attributes leave no room for it in a message of this session",
    stored: ["outcome_peers.reason"],
    shown: "JSON `reason`",
  },
  {
    old: "over max prefixes, again at …: …",
    new: "over max prefixes, session starts again at …: …",
    stored: ["peers.reason"],
  },
  {
    old: "no candidate: … rejects it",
    new: "no candidate: import policy rejects it: …",
    stored: [],
    shown: "JSON `explanation`",
  },
  {
    old: "it has no session",
    new: "no session",
    stored: ["outcome_peers.reason"],
    shown: "JSON `reason`",
  },
  {
    old: "it is disabled",
    new: "disabled",
    stored: [],
    shown: "JSON `reason`",
  },
  {
    old: "…: well-known, but not to us",
    new: "…: unrecognized well-known attribute",
    stored: ["peer_events.text"],
  },
  {
    old: "…: repeated, only the first counts",
    new: "…: appears more than once, only the first counts",
    stored: ["peer_events.text"],
  },
  {
    old: "…: repeated as are others (…), only the first counts",
    new: "…: appears more than once, as do others (…), only the first counts",
    stored: ["peer_events.text"],
  },
  {
    old: "… in …: the peer kept silent until the HoldTimer expired",
    new: "… in …: the peer sent nothing until the HoldTimer expired",
    stored: ["peers.reason", "peer_events.text"],
  },
  {
    old: "… in …: the peer took nothing until the SendHoldTimer expired",
    new: "… in …: the peer read nothing until the SendHoldTimer expired",
    stored: ["peers.reason", "peer_events.text"],
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

/**
 * `undefined` where no text is renamed. An event whose reason repeats has a text after it, which stays
 * (`RepeatedLines`).
 */
function renamer(texts: readonly RenamedText[]): ((text: string) => string) | undefined {
  if (texts.length === 0) return undefined;
  const exact = new Map(texts.map((text) => [text.old, text.new]));
  const patterns = texts.filter(({ old }) => old.includes("…")).map((text) => ({
    pattern: new RegExp(`^${text.old.split("…").map(RegExp.escape).join("([^]*?)")}$`),
    parts: text.new.split("…"),
  }));
  return (text) => {
    const repetition = /(?: \(\d+ times since the last line about it\))?$/.exec(text)![0];
    const once = text.slice(0, text.length - repetition.length);
    const found = exact.get(once);
    if (found !== undefined) return found + repetition;
    for (const { pattern, parts } of patterns) {
      const match = pattern.exec(once);
      if (match !== null) return parts.map((part, i) => part + (match[i + 1] ?? "")).join("") + repetition;
    }
    return text;
  };
}
