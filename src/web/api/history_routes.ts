/** The past of a prefix, and what changed since a moment. */

import { withLists } from "../../control/route_values.ts";
import { isoTime } from "../../control/cli/text/time.ts";
import { cursorAfter } from "../../store/mod.ts";
import { WebError } from "../answers/answer.ts";
import { apiRoute } from "./api_route.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { limit, limitOf, peer, peerOf, prefix, prefixOf, timeOf } from "./parameters.ts";

const from = { name: "from", in: "query", doc: "only after this time", example: "-1h" } as const;
const to = { name: "to", in: "query", doc: "only until this time" } as const;

/** Some rows are written before all rows of their time are: they are shown, and come again with the next question. */
const aheadMs = 10;

export const historyRoutes = [
  apiRoute({
    path: "/history",
    shape: "history",
    summary: "what was announced for a prefix: states with their beginnings and ends, and the changes between them",
    parameters: [prefix, peer, from, to, limit],
    run(asked, { reader, now }) {
      const text = prefixOf(asked.parameter("prefix"));
      if (text === undefined) throw new WebError(400, "prefix is missing");
      const begin = timeOf(asked, "from", now()) ?? 0, end = timeOf(asked, "to", now()) ?? now();
      const most = limitOf(asked, 500, 5_000);
      const filter = { prefix: text, peer: peerOf(reader, asked.parameter("peer")), limit: most };
      const during = (state: { validFrom: string; validTo: string | null }) =>
        Date.parse(state.validFrom) <= end && (state.validTo === null || Date.parse(state.validTo) >= begin);
      const changes = reader.changes(filter).filter(({ at }) => Date.parse(at) >= begin && Date.parse(at) <= end);
      return {
        states: reader.history(filter).filter(during).map(withLists),
        changes: changes.map(withLists),
        gaps: reader.gaps(Math.max(begin, reader.historyFrom), end, filter.peer),
        begins: reader.historyFrom === 0 ? null : isoTime(reader.historyFrom),
        notice: null,
      };
    },
  }),
  apiRoute({
    path: "/changes",
    shape: "changes",
    lane: "slow",
    summary: "announcements and withdraws after a moment, the oldest first; the newest ones can come twice",
    parameters: [
      { name: "after", in: "query", doc: "a time, or the member next of an answer", example: "-1m" },
      to,
      peer,
      prefix,
      limit,
    ],
    run(asked, { reader, now }) {
      const after = asked.parameter("after") ?? "-1m";
      const known = reader.writtenTo;
      const isTime = /^-?\d+[smhdw]$|^\d{4}-|^\d\d?:/.test(after);
      const begin = isTime ? cursorAfter(timeOf(asked, "after", now()) ?? now() - 60_000) : changeCursor(after);
      const end = Math.min(timeOf(asked, "to", now()) ?? Infinity, known + aheadMs);
      const page = reader.followed({
        after: begin,
        to: end,
        prefix: prefixOf(asked.parameter("prefix")),
        peer: peerOf(reader, asked.parameter("peer")),
        withLostSessions: false,
        limit: limitOf(asked, 200, 2_000),
      });
      const isWhole = page.next === undefined || page.next[0] > known;
      const rows = page.changes.map((
        { wire: _, atMs: __, order: ___, peerId: ____, prefixId: _____, pathKey, ...row },
      ) => withLists({ ...row, pathId: pathKey < 0 ? null : pathKey }));
      return {
        changes: rows,
        next: writeCursor(isWhole ? cursorAfter(Math.min(end, known)) : page.next!),
        complete: isWhole,
        notice: null,
      };
    },
  }),
];

function changeCursor(text: string) {
  const parts = readCursor(text)?.map(Number) ?? [];
  const [at = NaN, order = NaN, peerId = NaN, prefixId = NaN, pathId = NaN] = parts;
  if (parts.length !== 5 || parts.some((part) => !Number.isSafeInteger(part))) {
    throw new WebError(400, "after is neither a time nor the member next of an answer");
  }
  return [at, order, peerId, prefixId, pathId] as const;
}
