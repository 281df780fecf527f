/**
 * Alerts: what `bgpd web` watches in the database, and whom it tells. The router itself ignores these keys.
 *
 * Each kind has keys of its own ({@link keysOfKinds}); a key that does nothing with a kind is a mistake.
 */

import { type Asn, formatPrefix } from "../../types/mod.ts";
import { key, type KeyTable, setting, type SettingTable } from "../keys/key.ts";
import { asn, prefix } from "../keys/network_values.ts";
import { fault, type Given, type TableReader } from "../keys/table.ts";
import { integer, listOf, oneOf, tables, text } from "../keys/values.ts";
import { quoted, type ValueType, wrong } from "../keys/value_type.ts";
import { nearest } from "../toml/errors.ts";

export const alertKinds = [
  "origin-change",
  "more-specific",
  "withdrawn",
  "invalid",
  "leak",
  "peer-down",
  "route-count",
  "new-upstream",
] as const;
export type AlertKind = typeof alertKinds[number] | "sql";

export const severities = ["info", "warning", "critical"] as const;
export type Severity = typeof severities[number];

export interface AlertSettings {
  readonly name: string;
  readonly kind: AlertKind;
  /** Of the kind `sql`: each row of this query is something wrong. */
  readonly sql: string | undefined;
  /** As text; `undefined`: every prefix. */
  readonly prefixes: readonly string[] | undefined;
  /** Expected origins. */
  readonly origins: readonly Asn[] | undefined;
  /** Expected neighbours of the origin. */
  readonly upstreams: readonly Asn[] | undefined;
  /** Names of peers and groups; `undefined`: all peers. */
  readonly peers: readonly string[] | undefined;
  readonly percent: number;
  readonly windowSeconds: number;
  /** The alert is looked at so often, at most. */
  readonly intervalSeconds: number;
  /** What is wrong holds so long before it is an alert. */
  readonly holdDownSeconds: number;
  /** Nothing is wrong for so long before the alert ends. */
  readonly recoverySeconds: number;
  readonly webhooks: readonly string[];
  /** Files with the URL of a webhook each. */
  readonly webhookFiles: readonly string[];
  readonly format: "json" | "slack";
  /** A file that gets a line of JSON for each change. */
  readonly file: string | undefined;
  readonly severity: Severity;
}

export interface SpeakerAlertSettings {
  readonly alerts: readonly AlertSettings[];
}

export const speakerAlertKeys = {
  alerts: setting({
    type: tables,
    doc: "what bgpd web watches, and whom it tells; see [[alerts]]",
    defaultText: "none",
    sets: { alerts: "applies" },
  }),
} as const satisfies SettingTable;

const daySeconds = 86_400;

/** `https://…` of something that takes a POST. */
const webhook: ValueType<string> = {
  name: "URL",
  parse(node, name, report) {
    const url = node.kind === "string" ? URL.parse(node.value) : null;
    if (url === null || !/^https?:$/.test(url.protocol)) {
      return wrong(node, name, 'a URL such as "https://noc.example.net/hook"', report);
    }
    if (url.username === "" && url.password === "") return url.href;
    report.add(node.at, `${name}: a URL with a user and a password is not supported; use a token in its path`);
    return undefined;
  },
};

export const alertKeys = {
  name: key({
    type: text,
    doc: "name of the alert, on the page and in messages; no two alerts have the same",
    example: '"our prefixes"',
    defaultText: "required",
  }),
  kind: key({
    type: oneOf(...alertKinds),
    doc: "what is wrong: see alerts.md",
    example: '"origin-change"',
    defaultText: "required, or sql",
  }),
  sql: key({
    type: text,
    doc: "a SELECT over the views, in place of a kind: each row that it returns is something wrong",
    example: "\"SELECT peer AS subject FROM peer_status WHERE state = 'Established' AND routes = 0\"",
    defaultText: "none",
  }),
  prefixes: key({
    type: listOf(prefix),
    doc: "the prefixes that are watched: for more-specific, invalid, leak and new-upstream, with all that is inside",
    example: '["192.0.2.0/24", "2001:db8::/32"]',
    defaultText: "all, for invalid and leak",
  }),
  origins: key({
    type: listOf(asn),
    doc: "the ASes that may originate the prefixes; of new-upstream: the origins whose neighbours are watched",
    example: "[64500]",
    defaultText: "none; all, for new-upstream",
  }),
  upstreams: key({
    type: listOf(asn),
    doc: "the ASes that may stand before the origin in an AS path",
    example: "[64496, 64497]",
    defaultText: "required by new-upstream",
  }),
  peers: key({
    type: listOf(text),
    doc: "names of peers and groups whose routes and sessions are watched",
    example: '["upstream"]',
    defaultText: "all peers",
  }),
  percent: key({
    type: integer(1, 10_000, "percent"),
    doc: "route-count: by more than so much, the routes of a family of a peer differ from those of a window ago",
    example: "50",
    defaultText: "20",
  }),
  window: key({
    type: integer(10, 7 * daySeconds, "seconds"),
    doc: "route-count: how old the number is with which the present one is compared",
    example: "900",
    defaultText: "3600",
  }),
  interval: key({
    type: integer(1, daySeconds, "seconds"),
    doc: "after a change of the database, the alert is looked at so often, at most",
    example: "5",
    defaultText: "1; 10 for invalid and leak without prefixes; 60 for sql",
  }),
  hold_down: key({
    type: integer(0, daySeconds, "seconds"),
    doc: "so long it is wrong before somebody hears of it",
    example: "120",
    defaultText: "0; 30 for withdrawn, peer-down and route-count",
  }),
  recovery: key({
    type: integer(0, daySeconds, "seconds"),
    doc: "so long it is right again before the alert ends",
    example: "300",
    defaultText: "60",
  }),
  webhooks: key({
    type: listOf(webhook),
    doc: "URLs that get a POST when the alert begins and when it ends",
    example: '["https://noc.example.net/hook"]',
    defaultText: "none",
  }),
  webhook_files: key({
    type: listOf(text),
    doc: "files that contain the URL of a webhook each: a URL that is a secret does not belong into the configuration",
    example: '["/etc/bgpd/slack.url"]',
    defaultText: "none",
  }),
  format: key({
    type: oneOf("json", "slack"),
    doc: "what webhooks get: JSON as in alerts.md, or a message for Slack, Mattermost and what takes the same",
    example: '"slack"',
    defaultText: '"json"',
  }),
  file: key({
    type: text,
    doc: "file that gets a line of JSON when the alert begins and when it ends",
    example: '"/var/log/bgpd/alerts.ndjson"',
    defaultText: "none",
  }),
  severity: key({
    type: oneOf(...severities),
    doc: "how much it matters, on the page and in messages",
    example: '"critical"',
    default: "warning",
  }),
} as const satisfies KeyTable;

type WatchKey = "prefixes" | "origins" | "upstreams" | "peers" | "percent" | "window";

/** What a kind watches. Every kind has the other keys, too. */
const keysOfKinds: Readonly<Record<AlertKind, { needs: readonly WatchKey[]; takes: readonly WatchKey[] }>> = {
  "origin-change": { needs: ["prefixes", "origins"], takes: ["peers"] },
  "more-specific": { needs: ["prefixes"], takes: ["origins", "peers"] },
  "withdrawn": { needs: ["prefixes"], takes: ["peers"] },
  "invalid": { needs: [], takes: ["prefixes", "peers"] },
  "leak": { needs: [], takes: ["prefixes", "peers"] },
  "peer-down": { needs: [], takes: ["peers"] },
  "route-count": { needs: [], takes: ["peers", "percent", "window"] },
  "new-upstream": { needs: ["prefixes", "upstreams"], takes: ["origins", "peers"] },
  "sql": { needs: [], takes: [] },
};
const watchKeys: readonly WatchKey[] = ["prefixes", "origins", "upstreams", "peers", "percent", "window"];

export interface AlertContext {
  /** The names of peers and groups. */
  readonly known: readonly string[];
  /** There are sources of RPKI data. */
  readonly hasRpki: boolean;
}

export function readSpeakerAlerts(
  { values }: Given<typeof speakerAlertKeys>,
  context: AlertContext,
  reader: TableReader,
): SpeakerAlertSettings {
  const alerts: AlertSettings[] = [];
  const names = new Set<string>();
  for (const node of values.alerts ?? []) {
    const given = reader.read(node, alertKeys, "[[alerts]]");
    const alert = readAlert(given, context);
    const { name } = given.values;
    if (name !== undefined && names.has(name)) {
      fault(given, "name", `another alert has the name "${name}": give one of them another name`);
    }
    if (name !== undefined) names.add(name);
    if (alert !== undefined) alerts.push(alert);
  }
  return { alerts };
}

function readAlert(given: Given<typeof alertKeys>, context: AlertContext): AlertSettings | undefined {
  const { values } = given;
  checkName(given);
  checkPeers(given, context.known);
  const kind = kindOf(given);
  if (kind === undefined) return undefined;
  checkKeys(given, kind, context);
  const walks = (kind === "invalid" || kind === "leak") && values.prefixes === undefined;
  const isSlowToTell = kind === "withdrawn" || kind === "peer-down" || kind === "route-count";
  return {
    name: values.name ?? "",
    kind,
    sql: values.sql,
    prefixes: values.prefixes?.map(formatPrefix),
    origins: values.origins,
    upstreams: values.upstreams,
    peers: values.peers,
    percent: values.percent ?? 20,
    windowSeconds: values.window ?? 3600,
    intervalSeconds: values.interval ?? (kind === "sql" ? 60 : walks ? 10 : 1),
    holdDownSeconds: values.hold_down ?? (isSlowToTell ? 30 : 0),
    recoverySeconds: values.recovery ?? 60,
    webhooks: values.webhooks ?? [],
    webhookFiles: values.webhook_files ?? [],
    format: values.format ?? "json",
    file: values.file,
    severity: values.severity ?? alertKeys.severity.default,
  };
}

function checkName(given: Given<typeof alertKeys>): void {
  const { name } = given.values;
  if (name === undefined) {
    if (!given.has("name")) given.report.add(given.start, 'name is missing, such as "our prefixes"');
  } else if (!/^[^\p{C}]{1,64}$/u.test(name)) {
    fault(given, "name", "name: a name has at most 64 characters, all of them printable");
  }
}

function checkPeers(given: Given<typeof alertKeys>, known: readonly string[]): void {
  for (const name of given.values.peers ?? []) {
    if (!known.includes(name)) {
      fault(given, "peers", `peers: there is no peer or group "${name}"`, quoted(nearest(name, known)));
    }
  }
}

/** `undefined`: it is missing or wrong, and that is reported. */
function kindOf(given: Given<typeof alertKeys>): AlertKind | undefined {
  const { kind, sql } = given.values;
  if (given.has("sql")) {
    if (given.has("kind")) fault(given, "kind", "kind: an alert with sql has no kind; remove one of them");
    if (sql === undefined) return undefined;
    const mistake = sqlMistake(sql);
    if (mistake !== undefined) fault(given, "sql", `sql: ${mistake}`);
    return "sql";
  }
  if (kind === undefined && !given.has("kind")) {
    given.report.add(given.start, `kind is missing: one of ${alertKinds.join(", ")}; or write sql = "SELECT …"`);
  }
  return kind;
}

/** What can be known of a query without a database. */
function sqlMistake(sql: string): string | undefined {
  if (!/^\s*(select|with|values)\b/i.test(sql)) return "it must be a query, which begins with SELECT or WITH";
  return undefined;
}

function checkKeys(given: Given<typeof alertKeys>, kind: AlertKind, { hasRpki }: AlertContext): void {
  const { needs, takes } = keysOfKinds[kind];
  const what = kind === "sql" ? "an alert with sql" : `kind = "${kind}"`;
  for (const name of watchKeys) {
    if (needs.includes(name)) {
      if (!given.has(name)) given.report.add(given.start, `${what} needs ${name}`);
      else if ((given.values[name] as readonly unknown[] | undefined)?.length === 0) {
        fault(given, name, `${name}: the list is empty, so nothing would be watched`);
      }
    } else if (given.has(name) && !takes.includes(name)) {
      fault(given, name, `${name} has no effect with ${what}; remove it`);
    } else if (name === "prefixes" && given.values.prefixes?.length === 0) {
      fault(given, name, "prefixes: the list is empty; without the key, all prefixes are watched");
    }
  }
  if (kind === "more-specific") checkWidth(given);
  const hasWebhook = given.has("webhooks") || given.has("webhook_files");
  if (given.has("format") && !hasWebhook) {
    fault(given, "format", "format has no effect without webhooks or webhook_files; remove it");
  }
  if (kind === "invalid" && !hasRpki) {
    given.report.warn(given.at("kind"), 'kind = "invalid": there are neither rpki_caches nor rpki_files');
  }
}

/** Everything inside a shorter prefix is a good part of the whole table. */
function checkWidth(given: Given<typeof alertKeys>): void {
  for (const each of given.values.prefixes ?? []) {
    const shortest = each.octets.length === 4 ? 8 : 16;
    if (each.length >= shortest) continue;
    const text = `prefixes: ${
      formatPrefix(each)
    } holds too much of the table for more-specific: /${shortest} or longer`;
    fault(given, "prefixes", text);
  }
}
