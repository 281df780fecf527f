/** What webhooks, the file and the API say of an alert. `docs/alerts.md` describes each field. */

import type { AlertRecord } from "../../store/mod.ts";

/** The fields of an alert, in messages and in answers of the API. */
export function shownAlert(record: AlertRecord, url: string | undefined): Readonly<Record<string, unknown>> {
  const { id, name, kind, severity, subject, text, since, firedAt, until, prefix, peers, origin, asPath } = record;
  return {
    id,
    name,
    kind,
    severity,
    subject,
    text,
    since: iso(since),
    fired_at: iso(firedAt),
    until: until === null ? null : iso(until),
    prefix,
    peer: peers[0] ?? null,
    peers,
    origin_as: origin,
    as_path: asPath,
    link: url === undefined ? null : pageLink(record, url),
  };
}

export interface MessageContext {
  /** Where people reach the page. */
  readonly url: string | undefined;
  /** What the page is called. */
  readonly title: string;
  /** So many changes of the same alert came at the same time and have no message of their own. */
  readonly more: number;
}

/** A message about an alert that has begun or ended, as JSON. */
export function jsonMessage(record: AlertRecord, { url, title, more }: MessageContext): string {
  const state = record.until === null ? "firing" : "ended";
  return JSON.stringify({ version: 1, state, source: title, ...shownAlert(record, url), more });
}

/** The same for Slack, and what takes its messages. */
export function slackMessage(record: AlertRecord, { url, title, more }: MessageContext): string {
  const { name, kind, severity, text, since, until, firedAt } = record;
  const what = until === null ? severity.toUpperCase() : "ENDED";
  const link = url === undefined ? "" : ` <${pageLink(record, url)}|as it was then>`;
  const rest = more === 0 ? "" : ` And ${more} more of this alert at the same time.`;
  const begin = `*${what}* ${plain(name)}: ${plain(text)}.`;
  const times = until === null ? `since ${iso(since)}` : `${iso(firedAt)} to ${iso(until)}`;
  return JSON.stringify({
    text: `${begin}${rest}${link}`,
    blocks: [
      { type: "section", text: { type: "mrkdwn", text: `${begin}${rest}${link}` } },
      { type: "context", elements: [{ type: "mrkdwn", text: `${plain(kind)} · ${times} · ${plain(title)}` }] },
    ],
  });
}

/** Slack reads these three characters as its own; a sentence of ours has no other ones of it. */
function plain(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The page at the moment when the alert began to fire, with what it is about. */
export function pageLink({ prefix, peers, firedAt }: AlertRecord, url: string): string {
  const [peer] = peers;
  const view = prefix !== null
    ? `prefix/${encodeURIComponent(prefix)}`
    : peer !== undefined
    ? `peer/${encodeURIComponent(peer)}`
    : "now";
  return `${url}/#/${view}?at=${encodeURIComponent(iso(firedAt))}`;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
