/**
 * What the daemon is to be, from two sources: the file with the files that it names, and the peers that `bgpd peer add`
 * made, which stand in the database. Where both have a peer the file goes before.
 */

import {
  type Config,
  type ConfigError,
  formatConfigError,
  parseConfig,
  type PeerConfig,
  type PeerResult,
  PeerSet,
  type ReadPeer,
  type SocketAddress,
} from "../../config/mod.ts";
import { readConfiguredPeers, StoreError } from "../../store/mod.ts";
import { unreachable } from "./preflight.ts";
import { readSecrets, type Secrets, SecretsError, whyUnread } from "./secrets.ts";

export type LoadedConfig =
  | {
    readonly kind: "loaded";
    readonly config: Config;
    readonly secrets: Secrets;
    /** What is hardly meant as it stands; and that the file goes before an added peer. */
    readonly notes: readonly string[];
    readonly troubles: readonly { readonly name: string; readonly line: string }[];
    /** What to remember once this is what holds. */
    readonly sources: Sources;
  }
  /** `texts` for a terminal, with the lines of the file and carets; `lines` for a log. */
  | {
    readonly kind: "refused";
    readonly texts: readonly string[];
    readonly lines: readonly string[];
    /** For programs; without a place where it is none of the file. */
    readonly errors: readonly (ConfigError | { readonly message: string })[];
    /** What the file says, where that is right as far as it goes. */
    readonly config?: Config;
  };

interface Sources {
  readonly file: {
    readonly config: Config;
    readonly readPeer: ReadPeer;
    readonly notes: readonly string[];
    readonly text: string;
  };
  /** What `peer add` said of each, by name. */
  readonly added: ReadonlyMap<string, string>;
}

/** A peer, where it comes from, and what stands in the way of it. */
export interface PeerSource {
  readonly name: string;
  readonly config: PeerConfig | undefined;
  readonly toml: string | undefined;
  readonly trouble: string | undefined;
}

export class Configuration {
  readonly #path: string;
  readonly #sockets: (config: Config) => readonly SocketAddress[];
  #sources: Sources | undefined;

  /** `sockets`: where bgpd listens with a configuration. */
  constructor(path: string, sockets: (config: Config) => readonly SocketAddress[]) {
    this.#path = path;
    this.#sockets = sockets;
  }

  get path(): string {
    return this.#path;
  }

  get absolutePath(): string {
    try {
      return Deno.realPathSync(this.#path);
    } catch {
      return this.#path;
    }
  }

  /** From now on `loaded` holds. */
  hold(loaded: LoadedConfig & { kind: "loaded" }): void {
    this.#sources = loaded.sources;
  }

  /** The file as it is now, with the peers that were added: at the start those in the database, later those we know. */
  async load(): Promise<LoadedConfig> {
    let text: string;
    try {
      text = await Deno.readTextFile(this.#path);
    } catch (error) {
      return refused(unreadable(this.#path, error));
    }
    const file = parseConfig(text);
    if (file.kind === "errors") {
      return {
        kind: "refused",
        texts: file.errors.map((error) => formatConfigError(error, this.#path, text)),
        lines: file.errors.map((error) => errorLine(error, this.#path)),
        errors: file.errors,
      };
    }
    // What is no database is moved aside; this file is not to be.
    if (isSameFile(file.config.database, this.#path)) {
      return refused(`database is ${this.#path}, the configuration itself: name another file`);
    }
    try {
      const added = this.#sources?.added ??
        new Map(readConfiguredPeers(file.config.database).map(({ name, toml }) => [name, toml]));
      const notes = file.warnings.map((warning) => errorLine(warning, this.#path));
      return await merge({ file: { ...file, notes, text }, added }, this.#sockets);
    } catch (error) {
      if (error instanceof StoreError) return refused(error.message);
      throw error;
    }
  }

  /** What {@link load} would give with these added peers and the file as it was read last. */
  with(added: ReadonlyMap<string, string>): Promise<LoadedConfig> {
    return merge({ file: this.#known.file, added }, this.#sockets);
  }

  /** Reads what somebody wants to add. */
  readPeer(toml: string): PeerResult {
    return this.#known.file.readPeer(toml);
  }

  get added(): ReadonlyMap<string, string> {
    return this.#known.added;
  }

  /** True where the file has this peer or network. */
  isInFile(name: string): boolean {
    return this.#known.file.config.peers.some((peer) => peer.name === name);
  }

  /** Those of the file first. */
  peers(): PeerSource[] {
    const { file, added } = this.#known;
    const inFile = file.config.peers.map((config) => ({
      name: config.name,
      config,
      toml: undefined,
      trouble: undefined,
    }));
    const set = new PeerSet();
    for (const peer of file.config.peers) set.add(peer, inFileWords);
    const others = [...added].map(([name, toml]): PeerSource => {
      if (this.isInFile(name)) return { name, config: undefined, toml, trouble: overridden };
      const read = file.readPeer(toml);
      const trouble = read.kind === "peer"
        ? set.add(read.peer, `as added peer ${name}`)?.text
        : read.errors.map(({ message }) => message).join("; ");
      return { name, config: read.kind === "peer" ? read.peer : undefined, toml, trouble };
    });
    return [...inFile, ...others];
  }

  get #known(): Sources {
    if (this.#sources === undefined) throw new Error("nothing is loaded yet");
    return this.#sources;
  }
}

const inFileWords = "in the configuration file";
const overridden = "stands in the configuration file, too, which goes before what peer add said";

async function merge(
  sources: Sources,
  sockets: (config: Config) => readonly SocketAddress[],
): Promise<LoadedConfig> {
  const { file, added } = sources;
  const inFile = new Set(file.config.peers.map(({ name }) => name));
  const notes: string[] = [...file.notes];
  const troubles: { name: string; line: string }[] = [];
  const more: PeerConfig[] = [];
  const set = new PeerSet();
  for (const peer of file.config.peers) set.add(peer, inFileWords);
  for (const [name, toml] of added) {
    if (inFile.has(name)) {
      notes.push(`${name} ${overridden}`);
      continue;
    }
    const read = file.readPeer(toml);
    if (read.kind === "errors") {
      troubles.push(...read.errors.map((error) => ({ name, line: errorLine(error, `peer add ${name}`) })));
      continue;
    }
    const clash = set.add(read.peer, `as added peer ${name}`);
    if (clash === undefined) more.push(read.peer);
    else troubles.push({ name, line: `peer add ${name}: ${clash.text}` });
  }
  const config = { ...file.config, peers: [...file.config.peers, ...more] };
  notes.push(...unreachable(config, sockets(config)));
  try {
    return { kind: "loaded", config, secrets: await readSecrets(config), notes, troubles, sources };
  } catch (error) {
    if (error instanceof SecretsError) return { ...refused(...error.problems), config };
    throw error;
  }
}

/** The text of an added peer under its mistakes, as it stands under those of a file. */
export function peerErrorText(name: string, toml: string, errors: readonly ConfigError[]): string {
  return errors.map((error) => formatConfigError(error, `peer ${name}`, toml)).join("\n");
}

/** A word that could be a command is one that somebody took for it. */
function unreadable(path: string, error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    const hint = /^[a-z-]+$/.test(path) ? ", nor such a command; see bgpd --help" : "";
    return `cannot read ${path}: there is no such file${hint}`;
  }
  return `cannot read ${path}: ${whyUnread(error)}`;
}

function isSameFile(one: string, other: string): boolean {
  try {
    return Deno.realPathSync(one) === Deno.realPathSync(other);
  } catch {
    return false;
  }
}

export function refused(...sentences: readonly string[]): LoadedConfig & { kind: "refused" } {
  return {
    kind: "refused",
    texts: sentences.map((sentence) => `bgpd: ${sentence}`),
    lines: sentences,
    errors: sentences.map((message) => ({ message })),
  };
}

function errorLine({ line, column, message, suggestion }: ConfigError, path: string): string {
  return `${path}:${line}:${column}: ${message}${suggestion === undefined ? "" : `; did you mean ${suggestion}?`}`;
}
