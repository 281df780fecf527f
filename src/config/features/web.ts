/** The web process (`bgpd web`): where it listens, and who may ask it what. The router itself ignores these keys. */

import { key, type KeyTable, setting, type SettingTable } from "../keys/key.ts";
import { address, socket, type SocketAddress } from "../keys/network_values.ts";
import type { Given, TableReader } from "../keys/table.ts";
import { integer, listOf, table, text } from "../keys/values.ts";
import { type ValueType, wrong } from "../keys/value_type.ts";

export interface WebSettings {
  readonly listen: SocketAddress;
  /** What the page is called. */
  readonly title: string;
  /** Names of Host headers that are answered, beside addresses and `localhost`; `*` is every name. */
  readonly hosts: readonly string[];
  /** Origins of other pages that may read (CORS); `*` is every origin. */
  readonly origins: readonly string[];
  /** A file whose lines are tokens, or `user:password`; `undefined`: everyone may read. */
  readonly accessFile: string | undefined;
  /** Addresses of proxies whose X-Forwarded-For counts. */
  readonly proxies: readonly string[];
  /** Requests of one client in a second; 0: no limit. */
  readonly requestsPerSecond: number;
  readonly maxClients: number;
  /** Where people reach the page, without a slash at its end; `undefined`: messages of alerts have no links. */
  readonly url: string | undefined;
  /** Path of its own database; `undefined`: beside the router's, `bgpd.web.db` beside `bgpd.db`. */
  readonly database: string | undefined;
}

export interface SpeakerWebSettings {
  readonly web: WebSettings;
}

export const defaultWeb: WebSettings = {
  listen: { address: "127.0.0.1", port: 8080 },
  title: "bgpd",
  hosts: [],
  origins: [],
  accessFile: undefined,
  proxies: [],
  requestsPerSecond: 50,
  maxClients: 2000,
  url: undefined,
  database: undefined,
};

const hostName: ValueType<string> = {
  name: "host name",
  parse(node, key, report) {
    if (node.kind === "string" && /^(\*|[\w-]+(\.[\w-]+)*)$/.test(node.value)) return node.value.toLowerCase();
    return wrong(node, key, 'a host name such as "lg.example.net", or "*"', report);
  },
};

const origin: ValueType<string> = {
  name: "origin",
  parse(node, key, report) {
    const value = node.kind === "string" ? node.value : "";
    if (value === "*" || URL.canParse(value) && new URL(value).origin === value) return value;
    return wrong(node, key, 'an origin such as "https://noc.example.net", or "*"', report);
  },
};

export const speakerWebKeys = {
  web: setting({
    type: table,
    doc: "the web process (bgpd web); see [web]",
    example: '{ listen = "127.0.0.1:8080" }',
    defaultText: "see [web]",
    sets: { web: "applies" },
  }),
} as const satisfies SettingTable;

const pageUrl: ValueType<string> = {
  name: "URL",
  parse(node, name, report) {
    const url = node.kind === "string" ? URL.parse(node.value) : null;
    if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
      return wrong(node, name, 'a URL such as "https://lg.example.net"', report);
    }
    return url.href.replace(/\/+$/, "");
  },
};

export const webKeys = {
  listen: key({
    type: socket(undefined),
    doc: "address of the page and of everything that bgpd web serves",
    example: '"[::]:8080"',
    defaultText: '"127.0.0.1:8080"',
  }),
  title: key({
    type: text,
    doc: "name of this looking glass, on its page",
    example: '"AS64500 Frankfurt"',
    default: defaultWeb.title,
  }),
  hosts: key({
    type: listOf(hostName),
    doc: 'names under which browsers reach it (Host header), beside addresses and localhost; "*" is every name',
    example: '["lg.example.net"]',
    defaultText: "none",
  }),
  origins: key({
    type: listOf(origin),
    doc: 'other pages that may read (CORS), such as "https://noc.example.net"; "*" is every page',
    example: '["https://noc.example.net"]',
    defaultText: "none",
  }),
  access_file: key({
    type: text,
    doc: "file with a token or a user:password on each line; without this key, everyone may read",
    example: '"/etc/bgpd/web.access"',
    defaultText: "none",
  }),
  proxies: key({
    type: listOf(address),
    doc: "addresses of proxies whose X-Forwarded-For names the client",
    example: '["127.0.0.1"]',
    defaultText: "none",
  }),
  rate_limit: key({
    type: integer(0, 100_000, "requests a second"),
    doc: "requests of one client in a second; ten times as many may come at once; 0: no limit",
    example: "200",
    default: defaultWeb.requestsPerSecond,
  }),
  max_clients: key({
    type: integer(1, 100_000, "connections"),
    doc: "connections at a time; each takes a file descriptor",
    example: "10_000",
    default: defaultWeb.maxClients,
  }),
  url: key({
    type: pageUrl,
    doc: "where people reach the page, for the links in messages of alerts",
    example: '"https://lg.example.net"',
    defaultText: "no links",
  }),
  database: key({
    type: text,
    doc: "the web process's own database: which alerts fire and fired, and what webhooks still get",
    example: '"/var/lib/bgpd-web/web.db"',
    defaultText: "beside the router's: bgpd.web.db",
  }),
} as const satisfies KeyTable;

export function readSpeakerWeb({ values }: Given<typeof speakerWebKeys>, reader: TableReader): SpeakerWebSettings {
  if (values.web === undefined) return { web: defaultWeb };
  const given = reader.read(values.web, webKeys, "[web]").values;
  return {
    web: {
      listen: given.listen ?? defaultWeb.listen,
      title: given.title ?? defaultWeb.title,
      hosts: given.hosts ?? [],
      origins: given.origins ?? [],
      accessFile: given.access_file,
      proxies: given.proxies ?? [],
      requestsPerSecond: given.rate_limit ?? defaultWeb.requestsPerSecond,
      maxClients: given.max_clients ?? defaultWeb.maxClients,
      url: given.url,
      database: given.database,
    },
  };
}
