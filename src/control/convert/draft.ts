/**
 * The configuration as the converters build it: peers and groups by their keys, policies, sets and routes. At the end
 * the draft becomes a document that `bgpd check` accepts.
 */

import { type Document, type Section, Table, type Value } from "./document.ts";
import { type Notes, type Place, placeText } from "./place.ts";

/** A peer, or the template of many peers. */
export interface PeerDraft {
  readonly keys: Map<string, Value>;
  readonly comments: string[];
  /** The name of a group draft. */
  readonly group?: string;
  /** Its own `[[peers.static_routes]]` and `[[peers.static_flows]]`. */
  readonly tables?: readonly Table[];
  /** Why the peer stands in the output as comments only. */
  readonly commentedOut?: string | undefined;
}

/** A secret of the input. It does not go into the output. */
export interface Secret {
  /** The name of the file in the folder of secrets. */
  readonly fileName: string;
  readonly secret: string;
  /** For people. */
  readonly owner: string;
  readonly at: Place;
}

/** The name of the policy that rejects every route. */
export const nothing = "nothing";

export class Draft {
  readonly notes: Notes;
  readonly top = new Map<string, Value>();
  readonly topComments: string[] = [];
  readonly groups = new Map<string, PeerDraft>();
  readonly peers: PeerDraft[] = [];
  readonly staticRoutes: Table[] = [];
  readonly rpkiCaches: Table[] = [];
  /** Commands of ExaBGP for routes that have no table. */
  readonly commands: string[] = [];
  readonly prefixSets = new Map<string, readonly string[]>();
  readonly asSets = new Map<string, readonly Value[]>();
  readonly pathSets = new Map<string, readonly string[]>();
  readonly policies: Table[] = [];
  /** Comments about parts of the input that have no table in the output. */
  readonly looseComments: string[] = [];
  readonly secrets: Secret[] = [];
  readonly #names = new Map<string, number>();

  constructor(notes: Notes) {
    this.notes = notes;
  }

  /** A name for a set or a policy that is like `wanted` and not taken. */
  nameFor(wanted: string): string {
    const base = wanted.normalize("NFKD").replaceAll(/[^\w.-]+/g, "-").replace(/^[^A-Za-z]/, "p-$&") || "unnamed";
    const isReserved = /^(all|none|local)$/i.test(base) || base === nothing;
    const start = isReserved ? `${base}-1` : base;
    const count = this.#names.get(start) ?? 0;
    this.#names.set(start, count + 1);
    return count === 0 ? start : this.nameFor(`${start}-${count + 1}`);
  }

  policy(
    name: string,
    rules: readonly Table[],
    options: { default?: string; comments?: readonly string[] } = {},
  ): void {
    const table = new Table("policies", [["name", name]], options.comments);
    if (options.default !== undefined) table.keys.set("default", options.default);
    table.children = [...rules];
    this.policies.push(table);
  }

  /** The file in which bgpd finds the secret. The owner is a peer or a group. */
  secretFile(owner: string, secret: string, at: Place): string {
    const stem = owner.replaceAll(/[^\w.-]+/g, "-").replace(/^\.+/, "");
    // The password of a template or group is one file.
    const same = this.secrets.find((other) => other.secret === secret && placeText(other.at) === placeText(at));
    if (same !== undefined) return same.fileName;
    let fileName = `${stem}.key`;
    for (let n = 2; this.secrets.some((other) => other.fileName === fileName); n++) fileName = `${stem}-${n}.key`;
    this.secrets.push({ fileName, secret, owner, at });
    return fileName;
  }
}

/** Keys of a peer in the order in which people look for them; other keys follow. */
const order = [
  "name",
  "description",
  "group",
  "remote_ip",
  "interface",
  "remote_as",
  "local_as",
  "local_as_no_prepend",
  "local_as_replace_as",
  "local_ip",
  "dest_port",
  "enabled",
  "passive",
  "password_file",
  "ttl_security",
  "hold_timer",
  "connect_retry",
  "families",
  "role",
  "role_strict",
  "import",
  "export",
];

const topOrder = [
  "router_id",
  "cluster_id",
  "default_as",
  "confederation_id",
  "confederation_members",
  "bgp_socket",
  "database",
  "rfc8212",
];

function inOrder(keys: ReadonlyMap<string, Value>, wanted: readonly string[]): [string, Value][] {
  const rank = (key: string) => (wanted.indexOf(key) + wanted.length + 1) % (wanted.length + 1);
  return [...keys].toSorted(([a], [b]) => rank(a) - rank(b));
}

/** `head`: the first lines of the file. `secretsFolder`: where the files with secrets are, or have to be. */
export function documentOf(draft: Draft, head: readonly string[], secretsFolder: string): Document {
  const groups = [...draft.groups];
  const withFile = (keys: ReadonlyMap<string, Value>) => {
    const file = keys.get("password_file");
    return file === undefined ? keys : new Map([...keys, ["password_file", `${secretsFolder}/${file}`] as const]);
  };
  const groupTables = groups.map(([name, { keys, comments }]) =>
    new Table("groups", [["name", name], ...inOrder(withFile(keys), order)], comments)
  );
  const peerTables = draft.peers.map((peer) => {
    const own = ownKeys(peer, draft.groups);
    const table = new Table("peers", inOrder(withFile(own), order), peer.comments);
    table.children = [...peer.tables ?? []];
    if (peer.commentedOut !== undefined) {
      table.isCommentedOut = true;
      table.comments.push(`commented out: ${peer.commentedOut}`);
    }
    return table;
  });
  const all = [...groupTables, ...peerTables];
  if (all.some((table) => JSON.stringify([...table.keys.values()]).includes(`"${nothing}"`))) {
    draft.policy(nothing, [], { default: "reject", comments: ["Rejects every route, also our own."] });
  }
  for (const { keys } of draft.rpkiCaches) {
    const withSecret = withFile(keys).get("password_file");
    if (withSecret !== undefined) keys.set("password_file", withSecret);
  }
  const sections: Section[] = [
    { title: "RPKI", tables: draft.rpkiCaches },
    { title: "sets", tables: setTables(draft) },
    { title: "policies", tables: draft.policies },
    { title: "groups", tables: groupTables },
    { title: "peers", tables: peerTables },
    { title: "our routes, announced to every peer whose export allows it", tables: draft.staticRoutes },
  ];
  const top = new Table("", inOrder(draft.top, topOrder), draft.topComments);
  return { head, top, sections };
}

function setTables({ prefixSets, asSets, pathSets }: Draft): Table[] {
  return [
    ...[...prefixSets].map(([name, prefixes]) => new Table("prefix_sets", [["name", name], ["prefixes", prefixes]])),
    ...[...asSets].map(([name, asns]) => new Table("as_sets", [["name", name], ["asns", asns]])),
    ...[...pathSets].map(([name, patterns]) => new Table("as_path_sets", [["name", name], ["patterns", patterns]])),
  ];
}

/** The keys that a peer does not have from its group. */
function ownKeys({ keys, group }: PeerDraft, groups: ReadonlyMap<string, PeerDraft>): Map<string, Value> {
  const shared = group === undefined ? undefined : groups.get(group)?.keys;
  // A peer cannot take back a key of its group, so it is then in no group.
  if (group === undefined || shared === undefined || [...shared.keys()].some((key) => !keys.has(key))) {
    return new Map(keys);
  }
  const own = [...keys].filter(([key, value]) => JSON.stringify(shared.get(key)) !== JSON.stringify(value));
  return new Map([...own, ["group", group]]);
}
