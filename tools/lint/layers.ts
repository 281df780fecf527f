/**
 * The layers (the import rule): a folder of src/ imports only from folders above it in this list, through their
 * `mod.ts`. Folders on one line do not import each other.
 */
export const floors: readonly (readonly string[])[] = [
  ["types"],
  ["message"],
  ["mrt", "bmp"],
  ["rpki"],
  ["session"],
  ["policy"],
  ["rib"],
  ["config"],
  ["store"],
  ["transport"],
  ["control"],
  ["daemon"],
  ["web"],
];

/**
 * The order inside a folder, first to last: a file imports from its own sub-folder and from earlier ones, directly. The
 * empty name stands for the files that lie in the folder itself; of these, mod.ts imports from every sub-folder. Every
 * sub-folder has its place here.
 */
export const subFloors: Readonly<Record<string, readonly string[]>> = {
  // A route enters by in/, is compared in decide/ and leaves by out/; feed/ reads all of them for the store. The import
  // filter (in/import) and the export filter (out/export) come before in/ and out/: they work on one attribute set,
  // without an Adj-RIB. routers/ has tables of its own; monitor/ reads all of them for stations and archives.
  rib: [
    ...[
      "table",
      "attributes",
      "history",
      "in/import",
      "in",
      "decide",
      "out/export",
      "out",
      "routers",
      "monitor",
      "feed",
    ],
    "",
  ],
  // The messages, then the state of a connection.
  bmp: ["", "station"],
  // TOML; what a key is; the files; policies; features; all keys and settings together; peers; the whole text.
  config: ["toml", "keys", "files", "policy", "features", "schema", "peers", ""],
  // Questions and answers; the fronts and what is live; the workers and the sockets; all of it.
  web: ["answers", "tables", "page", "alerts", "api", "birdwatcher", "bgplgd", "serve", ""],
  // What both need; queries; the database of the web process; history entries and announcements as the writer stores
  // them; the writer.
  store: ["", "read", "web", "write/history", "write/announcements", "write"],
  // The log and what all threads share; the threads of the store and the RIB; the sockets on which peers connect; the
  // peers; a reload, which changes all of these; and the daemon itself, with what its API can do.
  daemon: [
    "log",
    "thread",
    "service",
    "store",
    "rib",
    "listen",
    "peer",
    "rpki",
    "routers",
    "stations",
    "archives",
    "config",
    "",
  ],
};

/**
 * Doors beside mod.ts: files that other folders import themselves. mod.ts loads its whole folder and the folders above
 * it; a command that ends after some milliseconds loads what it uses. A folder exports by its mod.ts all that others
 * take through a door.
 */
export const doors: Readonly<Record<string, readonly string[]>> = {
  message: ["community_text.ts", "ext_community_text.ts", "flow_actions.ts", "nlri/evpn_text.ts", "nlri/rd.ts"],
  mrt: ["message_writer.ts"],
  rpki: ["validity.ts", "vrp_records.ts"],
  session: ["advice.ts"],
  policy: ["path_expression.ts"],
  rib: ["decide/decision.ts", "decide/explain.ts"],
  config: ["peers/directory.ts", "toml/errors.ts"],
  store: [
    ...["errors.ts", "files.ts", "lock.ts", "read/functions.ts", "read/named_queries.ts", "read/reader.ts"],
    ...["read/route_attributes.ts", "read/schema_comments.ts"],
  ],
  transport: ["file_locks.ts", "http/client_header.ts", "path.ts"],
  control: [
    "cli/command.ts",
    "cli/route_options.ts",
    "cli/text/time.ts",
    "json.ts",
    "mrt/export.ts",
    "prefix_error.ts",
    "route_values.ts",
    "schema/peer.ts",
    "schema/route.ts",
    "schema/schema.ts",
  ],
  daemon: ["log/log.ts", "thread/priority.ts", "version.ts"],
};

/** The purity rule: these folders have no I/O, clock, randomness, async or log. */
export const pureFolders: ReadonlySet<string> = new Set([
  "types",
  "message",
  "mrt",
  "bmp",
  "rpki",
  "session",
  "policy",
  "rib",
  "config",
]);

/** 0 for the topmost folder; `undefined` for a folder the list does not contain. */
export function floorOf(folder: string): number | undefined {
  const index = floors.findIndex((names) => names.includes(folder));
  return index < 0 ? undefined : index;
}

/** Where a file stands inside src/: its top folder, and its path from src/ on. */
export interface ModulePath {
  readonly folder: string;
  /** Path segments below src/, e.g. ["message", "attribute", "origin.ts"]. */
  readonly path: readonly string[];
}

/** `undefined` for files outside src/ (main.ts, tools/, tests/) and those of the page: the rules do not apply. */
export function modulePathOf(fileName: string): ModulePath | undefined {
  const segments = fileName.replaceAll("\\", "/").split("/");
  const src = segments.lastIndexOf("src");
  if (src < 0 || segments.slice(0, src).includes("tests") || fileName.endsWith(".js")) return undefined;
  const path = segments.slice(src + 1);
  return path.length < 2 ? undefined : { folder: path[0]!, path };
}

/** The sub-folder of a file: "in/import" for src/rib/in/import/import_filter.ts, "" for src/rib/engine.ts. */
export function subFolderOf(path: readonly string[]): string {
  return path.slice(1, -1).join("/");
}

/** A relative import, resolved against the file it stands in; `undefined` where it leaves src/. */
export function resolve(from: ModulePath, specifier: string): readonly string[] | undefined {
  const path = from.path.slice(0, -1);
  for (const segment of specifier.split("/")) {
    if (segment === ".") continue;
    if (segment !== "..") path.push(segment);
    else if (path.pop() === undefined) return undefined;
  }
  return path;
}
