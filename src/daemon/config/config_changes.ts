/**
 * Changes of the configuration while the daemon runs: the file is read again, a peer is added or removed by command. One
 * at a time, and each as a whole or not at all.
 */

import { PeerDirectory, remoteOf, tomlLines, whyNotFound } from "../../config/mod.ts";
import {
  type ConfigurationTarget,
  type ConfiguredPeerView,
  ControlError,
  type ReloadReport,
  type RestartReport,
} from "../../control/mod.ts";
import type { ConfiguredPeer } from "../../store/mod.ts";
import { type Configuration, type LoadedConfig, peerErrorText, type PeerSource } from "./configuration.ts";
import type { Log } from "../log/log.ts";
import type { ReloadOptions } from "./reload.ts";

/** The daemon, as far as its configuration goes. */
export interface Reconfigurable {
  /** Goes over to what was loaded; gives a line for each change. */
  reload(loaded: LoadedConfig & { kind: "loaded" }, options: ReloadOptions): Promise<string[]>;
  /** Begins anew with what was loaded, soon. */
  restart(loaded: LoadedConfig & { kind: "loaded" }): RestartReport;
  /** These resolve when the row is on disk, or gone from it. They throw {@link ControlError}. */
  keepPeer(peer: ConfiguredPeer): Promise<void>;
  forgetPeer(name: string): Promise<void>;
}

export class ConfigDesk implements ConfigurationTarget {
  readonly #configuration: Configuration;
  readonly #daemon: () => Reconfigurable | undefined;
  readonly #log: Log;
  /** The run that was asked to end: what comes after that is for the next one. */
  #leaving: Reconfigurable | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** `daemon`: the run there is now; between two there is none. */
  constructor(configuration: Configuration, daemon: () => Reconfigurable | undefined, log: Log) {
    this.#configuration = configuration;
    this.#daemon = daemon;
    this.#log = log;
  }

  get path(): string {
    return this.#configuration.absolutePath;
  }

  /** Where the file has mistakes all of them are logged, and everything stays as it was. */
  reload(): Promise<ReloadReport> {
    return this.#inTurn(async () => {
      this.#log.info(`reload: reading ${this.#configuration.path}`);
      const loaded = await this.#configuration.load();
      const broken = loaded.kind === "loaded" ? this.#newlyBroken(loaded) : [];
      if (loaded.kind === "loaded" && broken.length === 0) {
        for (const note of loaded.notes) this.#log.warn(`reload: ${note}`);
        return { changes: await this.#goOver(loaded, {}) };
      }
      const { lines, texts } = loaded.kind === "refused" ? loaded : { lines: broken, texts: broken };
      for (const line of lines) this.#log.error(`reload: ${line}`);
      this.#log.error("reload: refused, the configuration stays as it was");
      throw new ControlError("wrong", ["the configuration stays as it was:", ...texts].join("\n"));
    });
  }

  /** As {@link reload}, but all of it begins anew. */
  restart(): Promise<RestartReport> {
    return this.#inTurn(async () => {
      const loaded = await this.#configuration.load();
      if (loaded.kind === "loaded") {
        for (const note of loaded.notes) this.#log.warn(`restart: ${note}`);
        for (const { line } of loaded.troubles) this.#log.error(`restart: ${line}`);
        return this.#restart(loaded);
      }
      for (const line of loaded.lines) this.#log.error(`restart: ${line}`);
      throw new ControlError("wrong", ["bgpd goes on as it was:", ...loaded.texts].join("\n"));
    });
  }

  /** `keys`: what its table `[[peers]]` would have. */
  addPeer(
    keys: Readonly<Record<string, unknown>>,
    { replace = false }: { readonly replace?: boolean } = {},
  ): Promise<ConfiguredPeerView> {
    return this.#inTurn(async () => {
      const toml = tomlLines(keys);
      const read = this.#configuration.readPeer(toml);
      if (read.kind === "errors") {
        const name = [keys["name"], keys["remote_ip"], keys["interface"]].find((word) => typeof word === "string") ??
          "add";
        throw new ControlError("wrong", `the peer is not added:\n${peerErrorText(name, toml, read.errors)}`);
      }
      const { name } = read.peer;
      if (this.#configuration.isInFile(name)) {
        throw new ControlError("conflict", `${name} stands in the configuration file: change it there and reload`);
      }
      const { added } = this.#configuration;
      if (added.has(name) && !replace) {
        throw new ControlError("conflict", `${name} was added already: --replace puts this in its place`);
      }
      const loaded = await this.#loadedWith(new Map([...added, [name, toml]]));
      const clash = loaded.troubles.find((trouble) => trouble.name === name);
      if (clash !== undefined) throw new ControlError("conflict", `the peer is not added: ${clash.line}`);
      await this.#running.keepPeer({ name, toml });
      await this.#goOver(loaded, { keepsOverrides: true });
      return this.#view(name);
    });
  }

  /** By name, or by the address, network or description of one peer alone. */
  removePeer(name: string): Promise<ConfiguredPeerView> {
    return this.#inTurn(async () => {
      const peer = this.#find(name);
      if (peer.toml === undefined) {
        throw new ControlError(
          "conflict",
          `${peer.name} stands in the configuration file: take it out there and reload`,
        );
      }
      const view = this.#view(peer.name);
      const { added } = this.#configuration;
      const loaded = await this.#loadedWith(new Map([...added].filter(([name]) => name !== peer.name)));
      await this.#running.forgetPeer(peer.name);
      await this.#goOver(loaded, { keepsOverrides: true });
      return view;
    });
  }

  configuredPeers(): ConfiguredPeerView[] {
    return this.#configuration.peers().map(view);
  }

  /** A peer that somebody added must not lose its session because its group was taken out of the file. */
  #newlyBroken(loaded: LoadedConfig & { kind: "loaded" }): string[] {
    const sound = this.#configuration.peers().filter(({ trouble }) => trouble === undefined).map(({ name }) => name);
    return loaded.troubles.filter(({ name }) => sound.includes(name)).map(({ line }) => line);
  }

  /** Throws a {@link ControlError} where a restart has begun: whatever is told to the run that ends would be lost with it. */
  get #running(): Reconfigurable {
    const daemon = this.#daemon();
    if (daemon === undefined || daemon === this.#leaving) {
      throw new ControlError("unavailable", "this run of bgpd ends: ask again when the next one is there");
    }
    return daemon;
  }

  #restart(loaded: LoadedConfig & { kind: "loaded" }): RestartReport {
    const daemon = this.#running;
    const report = daemon.restart(loaded);
    this.#leaving = daemon;
    return report;
  }

  async #goOver(loaded: LoadedConfig & { kind: "loaded" }, options: ReloadOptions): Promise<string[]> {
    const lines = await this.#running.reload(loaded, options).catch((error) => {
      // A socket that is not to be had.
      if (error instanceof ControlError) this.#log.error(`reload: refused: ${error.message}`);
      throw error;
    });
    this.#configuration.hold(loaded);
    return lines;
  }

  async #loadedWith(added: ReadonlyMap<string, string>): Promise<LoadedConfig & { kind: "loaded" }> {
    const loaded = await this.#configuration.with(added);
    if (loaded.kind === "refused") throw new ControlError("wrong", loaded.lines.join("\n"));
    return loaded;
  }

  /** What `peer add` made before what the file has: of a peer that both have, only that one can go. */
  #find(word: string): PeerSource {
    const search = new PeerDirectory(
      this.#configuration.peers().map((peer) => [{
        name: peer.name,
        remoteIp: peer.config === undefined ? undefined : remoteOf(peer.config),
        description: peer.config?.description,
      }, peer]),
    ).find(word);
    if (search.kind === "found") return search.peer;
    throw new ControlError(search.kind === "none" ? "notFound" : "conflict", whyNotFound(word, search));
  }

  #view(name: string): ConfiguredPeerView {
    return view(this.#configuration.peers().toReversed().find((peer) => peer.name === name)!);
  }

  /** Begins when what was asked before has ended. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work, work);
    this.#last = next.catch(() => {});
    return next;
  }
}

function view({ name, config, toml, trouble }: PeerSource): ConfiguredPeerView {
  return {
    peer: name,
    remoteIp: config === undefined ? null : remoteOf(config),
    peerAs: config?.remoteAsn ?? null,
    description: config?.description ?? null,
    group: config?.group ?? null,
    source: toml === undefined ? "file" : "command",
    toml: toml ?? null,
    error: trouble ?? null,
  };
}
