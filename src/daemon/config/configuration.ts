/**
 * The configuration of the daemon, from two sources: the file, with the files that it names, and the peers that
 * `bgpd peer add` wrote to the database. A peer of the file takes precedence over an added peer with the same name.
 */

import { resolve } from "../../transport/mod.ts";
import {
  type Config,
  type ConfigError,
  configErrorLine,
  type ConfigFile,
  formatConfigError,
  formatErrorOf,
  parseFiles,
  type PeerConfig,
  type PeerResult,
  PeerSet,
  type ReadPeer,
  type SocketAddress,
  type Written,
} from "../../config/mod.ts";
import { isSameFile, readConfiguredPeers, StoreError } from "../../store/mod.ts";
import { readConfigFiles } from "../../control/mod.ts";
import { homeless, unreachable } from "./preflight.ts";
import { readSecrets, type Secrets, SecretsError } from "./secrets.ts";

export type LoadResult = LoadedConfig | RefusedConfig;

export interface LoadedConfig {
  readonly kind: "loaded";
  readonly config: Config;
  readonly secrets: Secrets;
  /** Warnings: settings that are probably a mistake, and added peers that the file overrides. */
  readonly warnings: readonly string[];
  /** Added peers that are left out, with a line that says why. */
  readonly unusable: readonly { readonly name: string; readonly line: string }[];
  /** For {@link Configuration.use}. */
  readonly sources: Sources;
}

export interface RefusedConfig {
  readonly kind: "refused";
  /** For a terminal: with the lines of the file and carets. */
  readonly texts: readonly string[];
  /** For a log. */
  readonly lines: readonly string[];
  /** For programs. An error that is not in the file has no position. */
  readonly errors: readonly (ConfigError | { readonly message: string })[];
  /** The paths of the files that have been read. */
  readonly files: readonly string[];
  /** The contents of the files, if these have no errors. */
  readonly config?: Config;
}

interface Sources {
  readonly file: {
    readonly config: Config;
    readonly readPeer: ReadPeer;
    readonly warnings: readonly string[];
    readonly files: readonly ConfigFile[];
  };
  /** The TOML text of each added peer, by name. */
  readonly added: ReadonlyMap<string, string>;
}

/** A peer of one of the two sources. */
export interface PeerSource {
  readonly name: string;
  readonly config: PeerConfig | undefined;
  /** The text of an added peer; `undefined` for a peer of the file. */
  readonly toml: string | undefined;
  /** Why the peer is not in force; `undefined`: it is. */
  readonly error: string | undefined;
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

  /** `loaded` is in force from now on. */
  use(loaded: LoadedConfig): void {
    this.#sources = loaded.sources;
  }

  /** Reads the file, and adds the added peers: at the start those of the database, later those in force. */
  async load(): Promise<LoadResult> {
    // Whoever asks for a reload may be in another folder: its messages name whole paths.
    const path = this.#sources === undefined ? this.#path : resolve(this.#path);
    const read = await readConfigFiles(path);
    if (read.kind === "unreadable") return refused(unreadable(path, read));
    const { files } = read.files;
    const file = parseFiles(read.files);
    if (file.kind === "errors") {
      return {
        kind: "refused",
        texts: file.errors.map((error) => formatErrorOf(error, files)),
        lines: file.errors.map((error) => configErrorLine(error, path)),
        errors: file.errors,
        files: files.map(({ path }) => path),
      };
    }
    // A file that is not a database is renamed; that must not happen to the configuration.
    const own = files.find(({ path }) => isSameFile(file.config.database, path));
    if (own !== undefined) return refused(`database is ${own.path}, the configuration file itself: name another file`);
    try {
      const added = this.#sources?.added ??
        new Map(readConfiguredPeers(file.config.database).map(({ name, toml }) => [name, toml]));
      const warnings = file.warnings.map((warning) => configErrorLine(warning, path));
      const { config, readPeer } = file;
      return await merge({ file: { config, readPeer, warnings, files }, added }, this.#sockets);
    } catch (error) {
      if (error instanceof StoreError) return refused(error.message);
      throw error;
    }
  }

  /** The result of {@link load} with these added peers and the file in force. */
  with(added: ReadonlyMap<string, string>): Promise<LoadResult> {
    return merge({ file: this.#inForce.file, added }, this.#sockets);
  }

  /** What is written in the texts of `loaded`, or in those in force. They are parsed again: few people ask. */
  written({ sources }: Pick<LoadedConfig, "sources"> = { sources: this.#inForce }): Written {
    const file = parseFiles({ files: sources.file.files });
    if (file.kind === "errors") throw new Error("a configuration that was loaded has no errors");
    const peers = new Map(file.written.peers);
    for (const [name, toml] of sources.added) {
      const read = file.readPeer(toml);
      if (read.kind === "peer" && !peers.has(name)) peers.set(name, read.written);
    }
    return { ...file.written, peers };
  }

  /** Parses the text of a peer to add. */
  readPeer(toml: string): PeerResult {
    return this.#inForce.file.readPeer(toml);
  }

  get added(): ReadonlyMap<string, string> {
    return this.#inForce.added;
  }

  /** True if the file has this peer or network. */
  isInFile(name: string): boolean {
    return this.#inForce.file.config.peers.some((peer) => peer.name === name);
  }

  /** All peers of both sources; those of the file first. */
  peers(): PeerSource[] {
    const { file, added } = this.#inForce;
    const inFile = file.config.peers.map((config) => ({
      name: config.name,
      config,
      toml: undefined,
      error: undefined,
    }));
    const set = new PeerSet();
    for (const peer of file.config.peers) set.add(peer, inFileText);
    const others = [...added].map(([name, toml]): PeerSource => {
      if (this.isInFile(name)) return { name, config: undefined, toml, error: overridden };
      const read = file.readPeer(toml);
      const error = read.kind === "peer"
        ? set.add(read.peer, `as added peer ${name}`)?.text
        : read.errors.map(({ message }) => message).join("; ");
      return { name, config: read.kind === "peer" ? read.peer : undefined, toml, error };
    });
    return [...inFile, ...others];
  }

  get #inForce(): Sources {
    if (this.#sources === undefined) throw new Error("no configuration is in force yet");
    return this.#sources;
  }
}

const inFileText = "in the configuration file";
const overridden = "is also in the configuration file, which takes precedence over peer add";

async function merge(
  sources: Sources,
  sockets: (config: Config) => readonly SocketAddress[],
): Promise<LoadResult> {
  const { file, added } = sources;
  const inFile = new Set(file.config.peers.map(({ name }) => name));
  const warnings: string[] = [...file.warnings];
  const unusable: { name: string; line: string }[] = [];
  const more: PeerConfig[] = [];
  const set = new PeerSet();
  for (const peer of file.config.peers) set.add(peer, inFileText);
  for (const [name, toml] of added) {
    if (inFile.has(name)) {
      warnings.push(`${name} ${overridden}`);
      continue;
    }
    const read = file.readPeer(toml);
    if (read.kind === "errors") {
      unusable.push(...read.errors.map((error) => ({ name, line: configErrorLine(error, `peer add ${name}`) })));
      continue;
    }
    const clash = set.add(read.peer, `as added peer ${name}`);
    if (clash === undefined) more.push(read.peer);
    else unusable.push({ name, line: `peer add ${name}: ${clash.text}` });
  }
  const config = { ...file.config, peers: [...file.config.peers, ...more] };
  warnings.push(...unreachable(config, sockets(config)), ...homeless(config));
  try {
    return { kind: "loaded", config, secrets: await readSecrets(config), warnings, unusable, sources };
  } catch (error) {
    if (error instanceof SecretsError) {
      return {
        ...refused(...error.problems),
        config,
        files: file.files.map(({ path }) => path),
      };
    }
    throw error;
  }
}

/** The errors of an added peer, with the lines of its text. */
export function peerErrorText(name: string, toml: string, errors: readonly ConfigError[]): string {
  return errors.map((error) => formatConfigError(error, `peer ${name}`, toml)).join("\n");
}

/** A path that looks like a command is probably a mistyped one. */
function unreadable(
  path: string,
  { reason, isMissing }: { readonly reason: string; readonly isMissing: boolean },
): string {
  if (isMissing && /^[a-z-]+$/.test(path)) {
    return `cannot read ${path}: ${reason}, and no such command; see bgpd --help`;
  }
  return `cannot read ${resolve(path)}: ${reason}${isMissing ? "; write one with bgpd init" : ""}`;
}

export function refused(...sentences: readonly string[]): RefusedConfig {
  return {
    kind: "refused",
    texts: sentences.map((sentence) => `bgpd: ${sentence}`),
    lines: sentences,
    files: [],
    errors: sentences.map((message) => ({ message })),
  };
}
