/** The metrics for Prometheus, and alerts that use them. */

import { metricReference } from "../../src/control/http/metrics.ts";
import { type Block, chapter, definitions, paragraph } from "./document.ts";

export interface Alert {
  readonly name: string;
  /** PromQL. */
  readonly expr: string;
  /** How long the condition must hold. */
  readonly for: string;
  readonly severity: "page" | "ticket";
  /** What it means and what to do first. */
  readonly summary: string;
}

/** Each uses the metrics by their names; a test checks that these exist. */
export const alerts: readonly Alert[] = [
  {
    name: "BgpdPeerDown",
    expr: "bgpd_peer_up == 0 unless bgpd_peer_state == 0",
    for: "3m",
    severity: "page",
    summary: "No session with {{ $labels.peer }}: bgpd show peer {{ $labels.peer }} shows why",
  },
  {
    name: "BgpdPeerFlaps",
    expr: "increase(bgpd_peer_sessions_total[1h]) > 3",
    for: "0m",
    severity: "ticket",
    summary: "The session with {{ $labels.peer }} came up more than three times in an hour",
  },
  {
    name: "BgpdRoutesLost",
    expr: "bgpd_peer_prefixes_received < 0.8 * max_over_time(bgpd_peer_prefixes_received[1d])",
    for: "10m",
    severity: "ticket",
    summary: "{{ $labels.peer }} announces a fifth less {{ $labels.family }} routes than it did within the last day",
  },
  {
    name: "BgpdMalformedUpdates",
    expr:
      "increase(bgpd_peer_treat_as_withdraw_total[15m]) > 0 or increase(bgpd_peer_attribute_discards_total[15m]) > 0",
    for: "0m",
    severity: "ticket",
    summary: "{{ $labels.peer }} sends malformed UPDATEs; the table peer_events has the messages",
  },
  {
    name: "BgpdDatabaseBehind",
    expr: "bgpd_database_backlog_rows > 100000",
    for: "5m",
    severity: "ticket",
    summary: "Queries answer with old routes: another program locks the database, or the disk is slow or full",
  },
  {
    name: "BgpdRpkiCacheAway",
    expr: "bgpd_rpki_cache_up == 0",
    for: "15m",
    severity: "ticket",
    summary: "The RPKI cache {{ $labels.cache }} is away; show rpki says until when its data count",
  },
  {
    name: "BgpdRouterAway",
    expr: "bgpd_router_up == 0",
    for: "5m",
    severity: "ticket",
    summary: "The router {{ $labels.router }} does not report (BMP); show router {{ $labels.router }} says why",
  },
  {
    name: "BgpdArchiveNotWritten",
    expr: "bgpd_archive_writing == 0 or increase(bgpd_archive_gaps_total[15m]) > 0",
    for: "1m",
    severity: "ticket",
    summary: "The archive {{ $labels.archive }} cannot be written, or misses records: the disk is full or slow",
  },
  {
    name: "BgpdStalls",
    expr: "bgpd_event_loop_delay_seconds > 1",
    for: "0m",
    severity: "ticket",
    summary: "The main thread did not run for a second: the machine has too little processor time",
  },
  {
    name: "BgpdRestarted",
    expr: "time() - bgpd_start_time_seconds < 300",
    for: "0m",
    severity: "ticket",
    summary: "bgpd started within the last five minutes; show peers says whether the run before was killed",
  },
];

export function metricBlocks(): Block[] {
  return [
    chapter("Every metric"),
    ...definitions(
      ["metric", "meaning"],
      metricReference.map(({ kind, name, help, labels }) => ({
        term: name,
        texts: [
          help,
          `Type: ${kind}${labels.length === 0 ? "" : `; labels: ${labels.map((label) => `\`${label}\``).join(", ")}`}.`,
          ...alerts.filter(({ expr }) => metricsIn(expr).includes(name)).map((alert) => `Alert: \`${alert.name}\`.`),
        ],
      })),
    ),
    chapter("Alerts"),
    paragraph("[examples/alerts.yml](../examples/alerts.yml) has these rules for Prometheus."),
    ...definitions(
      ["alert", "condition"],
      alerts.map((alert) => ({
        term: alert.name,
        texts: [alert.summary, `\`${alert.expr}\`${alert.for === "0m" ? "" : ` for ${alert.for}`}`],
      })),
    ),
  ];
}

export function metricsIn(expr: string): string[] {
  return expr.match(/\bbgpd_\w+/g) ?? [];
}

/** The rules as Prometheus reads them. A JSON string is a YAML string, too. */
export function alertRules(): string {
  const rules = alerts.map(({ name, expr, for: duration, severity, summary }) =>
    [
      `      - alert: ${name}`,
      `        expr: ${JSON.stringify(expr)}`,
      `        for: ${duration}`,
      `        labels: { severity: ${severity} }`,
      "        annotations:",
      `          summary: ${JSON.stringify(summary)}`,
    ].join("\n")
  );
  return [
    '# Alerts for Prometheus. Written by "deno task reference" from tools/reference/metrics.ts.',
    "groups:",
    "  - name: bgpd",
    "    rules:",
    ...rules,
    "",
  ].join("\n");
}
