/** Routes of this speaker. */

import type { AnnouncementText } from "../../store/mod.ts";
import { ControlError } from "../target.ts";
import type { Route } from "./route.ts";
import { announcementSchema, announceSchema, listOf, withdrawnSchema, type z } from "./schemas.ts";

export const announcementRoutes: readonly Route[] = [
  {
    method: "get",
    path: "/announcements",
    summary: "Routes of this speaker: of the configuration, by command, by API, by SQL",
    changes: false,
    response: listOf(announcementSchema),
    run: async (target) => ({ kind: "json", value: await target.announcements() }),
  },
  {
    method: "post",
    path: "/announcements",
    summary: "Announce a route; it stays over restarts, and replaces one with the same prefix and peer",
    changes: true,
    body: announceSchema,
    response: announcementSchema,
    status: 201,
    run: async (target, request) => {
      const { source, ...text } = request.body as z.infer<typeof announceSchema>;
      const value = await target.announce(announcementText(text), source);
      return { kind: "json", value };
    },
  },
  {
    method: "delete",
    path: "/announcements",
    summary: "Withdraw a prefix that was announced",
    changes: true,
    parameters: [
      { name: "prefix", in: "query", doc: "the prefix" },
      { name: "peer", in: "query", doc: "where it was announced to one peer only: that peer" },
    ],
    response: withdrawnSchema,
    run: async (target, request) => {
      const prefix = request.parameter("prefix");
      if (prefix === undefined) throw new ControlError("wrong", "prefix is missing: what to withdraw");
      const withdrawn = await target.withdraw(prefix, request.parameter("peer") ?? null);
      return { kind: "json", value: { withdrawn } };
    },
  },
  {
    method: "delete",
    path: "/announcements/{id}",
    summary: "Withdraw one row of announcements",
    changes: true,
    parameters: [{ name: "id", in: "path", doc: "its id" }],
    response: withdrawnSchema,
    run: async (target, request) => {
      const id = request.parameter("id") ?? "";
      if (!/^\d{1,15}$/.test(id)) throw new ControlError("wrong", `"${id}" is not an id`);
      await target.withdrawRow(Number(id));
      return { kind: "json", value: { withdrawn: 1 } };
    },
  },
];

function announcementText(body: Omit<z.infer<typeof announceSchema>, "source">): AnnouncementText {
  return {
    prefix: body.prefix,
    nextHop: body.next_hop,
    peer: body.peer,
    asPath: body.as_path,
    origin: body.origin,
    med: body.med,
    localPref: body.local_pref,
    communities: body.communities,
    largeCommunities: body.large_communities,
    extCommunities: body.ext_communities,
  };
}
