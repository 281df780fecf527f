/** API routes for announcements: the routes of this speaker. */

import { camelKeys } from "../json.ts";
import { isAnnouncementSource } from "../schema/announcement_source.ts";
import { ControlError, namedInLists } from "../target.ts";
import { announcementExample } from "./examples.ts";
import type { AnnouncementSource } from "../../store/mod.ts";
import { type Route, route } from "./route.ts";

const announcementSchemas = () => import("../schema/announcement.ts");

const mostSeconds = 10;
const destinationNames = ["prefix", "peer", "family", "rd", "rule", "nlri"] as const;

export const announcementRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/announcements",
    summary:
      "The routes that bgpd announces (configuration, commands, API, SQL); how many peers have each, and why others" +
      " do not",
    changes: false,
    parameters: [{
      name: "prefix",
      in: "query",
      doc:
        "only this prefix, or this destination of another family, each with all peers that do not have it (default:" +
        ` all prefixes, ${namedInLists} peers each)`,
    }],
    response: async () => (await announcementSchemas()).announcementSchema.array(),
    example: { parameters: { prefix: "203.0.113.0/24" }, answer: [announcementExample] },
    run: (target, request) => ({ kind: "list", pages: target.announcements.list(request.parameter("prefix")) }),
  }),
  route({
    method: "post",
    path: "/announcements",
    summary: "Announce a route; it stays over restarts, and replaces an announcement with the same prefix and peer",
    changes: true,
    body: async () => (await announcementSchemas()).announceSchema,
    parameters: [{
      name: "wait",
      in: "query",
      doc:
        `how many seconds to wait for peers that have not received the route yet, from 0 (default) to ${mostSeconds}`,
    }],
    response: async () => (await announcementSchemas()).announcementSchema,
    status: 201,
    example: {
      parameters: { wait: "1" },
      body: { prefix: "203.0.113.0/24", communities: ["64500:1"] },
      answer: announcementExample,
    },
    run: async (target, request) => {
      const { source, ...text } = request.body;
      const waitMs = 1000 * secondsOf(request.parameter("wait"));
      const value = await target.announcements.announce(camelKeys(text), { source, client: request.client }, waitMs);
      return { kind: "json", value };
    },
  }),
  route({
    method: "post",
    path: "/announcements/bulk",
    summary: "Announce and withdraw many routes at once: all or none",
    changes: true,
    body: async () => (await announcementSchemas()).bulkSchema,
    isLong: true,
    response: async () => (await announcementSchemas()).changedSchema,
    status: 201,
    example: {
      body: { announce: [{ prefix: "203.0.113.0/24" }, { prefix: "198.51.100.0/24" }], withdraw: [] },
      answer: { announced: 2, withdrawn: 0, first: 7, last: 8 },
    },
    run: async (target, { octets, client }) => ({
      kind: "json",
      value: await target.announcements.change(octets, client),
    }),
  }),
  route({
    method: "get",
    path: "/announcements/states",
    summary: "How many rows of the table announcements have each state",
    changes: false,
    parameters: [
      { name: "first", in: "query", doc: "the lowest id (default: 0)" },
      { name: "last", in: "query", doc: "the highest id (default: all)" },
    ],
    response: async () => (await announcementSchemas()).statesSchema,
    example: {
      parameters: { first: "7", last: "8" },
      answer: { announced: 2, pending: 0, withheld: 0, refused: 0, expired: 0 },
    },
    run: async (target, request) => {
      const value = await target.announcements.states(
        idOf(request.parameter("first") ?? "0"),
        idOf(request.parameter("last") ?? String(Number.MAX_SAFE_INTEGER)),
      );
      return { kind: "json", value };
    },
  }),
  route({
    method: "delete",
    path: "/announcements",
    summary: "Withdraw the announcement of a destination, or all announcements of a source",
    changes: true,
    parameters: [
      { name: "prefix", in: "query", doc: "the prefix" },
      { name: "peer", in: "query", doc: "the peer, if the route was announced to one peer only" },
      { name: "family", in: "query", doc: "the family, if it is not unicast" },
      { name: "rd", in: "query", doc: "the Route Distinguisher of a VPN or FlowSpec VPN route" },
      { name: "rule", in: "query", doc: "the FlowSpec rule" },
      { name: "nlri", in: "query", doc: "the destination of any other family" },
      {
        name: "source",
        in: "query",
        doc: "without a destination: withdraw everything that this source announced; otherwise: who withdraws it",
      },
    ],
    response: async () => (await announcementSchemas()).withdrawnSchema,
    example: { parameters: { prefix: "203.0.113.0/24" }, answer: { withdrawn: 1 } },
    run: async ({ announcements }, request) => {
      const what = Object.fromEntries(destinationNames.map((name) => [name, request.parameter(name) ?? null]));
      const source = sourceOf(request.parameter("source"));
      const author = { source: source ?? "api" as const, client: request.client };
      const isNamed = destinationNames.some((name) => name !== "peer" && what[name] !== null);
      if (!isNamed && source === undefined) throw new ControlError("wrong", "prefix is missing");
      const withdrawn = isNamed
        ? await announcements.withdraw(what, author)
        : await announcements.withdrawSource(source!, author);
      return { kind: "json", value: { withdrawn } };
    },
  }),
  route({
    method: "delete",
    path: "/announcements/{id}",
    summary: "Withdraw one row of the table announcements",
    changes: true,
    parameters: [
      { name: "id", in: "path", doc: "id of the row" },
      { name: "source", in: "query", doc: "who withdraws it (default: api)" },
    ],
    response: async () => (await announcementSchemas()).withdrawnSchema,
    example: { parameters: { id: "7" }, answer: { withdrawn: 1 } },
    run: async (target, request) => {
      const id = idOf(request.parameter("id") ?? "");
      const source = sourceOf(request.parameter("source")) ?? "api";
      await target.announcements.withdrawRow(id, { source, client: request.client });
      return { kind: "json", value: { withdrawn: 1 } };
    },
  }),
];

function sourceOf(text: string | undefined): AnnouncementSource | undefined {
  if (text === undefined || isAnnouncementSource(text)) return text;
  throw new ControlError("wrong", `source must be command, api, sql or exabgp:NAME, not "${text}"`);
}

function idOf(text: string): number {
  if (!/^\d{1,16}$/.test(text)) throw new ControlError("wrong", `"${text}" is not an id`);
  return Number(text);
}

function secondsOf(text: string | undefined): number {
  const seconds = text === undefined ? 0 : Number(text);
  if (seconds >= 0 && seconds <= mostSeconds) return seconds;
  throw new ControlError("wrong", `wait must be a number of seconds from 0 to ${mostSeconds}, not "${text}"`);
}
