/**
 * Changes of the configuration while the daemon runs: a reload of the file, a peer that a command adds or removes. One
 * change at a time, and each takes effect completely or not at all.
 */

import {
  PeerDirectory,
  peerKeyChanges,
  remoteOf,
  speakerKeyChanges,
  tomlLines,
  whyNotFound,
  type Written,
} from "../../config/mod.ts";
import {
  type ConfigurationTarget,
  type ConfiguredPeerView,
  ControlError,
  type ReloadPlanView,
  type ReloadReport,
  type RestartReport,
} from "../../control/mod.ts";
import type { ConfiguredPeer } from "../../store/mod.ts";
import {
  type Configuration,
  type LoadedConfig,
  peerErrorText,
  type PeerSource,
  type RefusedConfig,
} from "./configuration.ts";
import type { Log } from "../log/log.ts";
import type { ServiceManager } from "../service/service_manager.ts";
import type { PlannedStep, ReloadOptions } from "./reload_plan.ts";

/** The part of a daemon that changes of the configuration need. */
export interface Reconfigurable {
  /** Puts this configuration in force; returns a line for each change. */
  reload(loaded: LoadedConfig, options: ReloadOptions): Promise<string[]>;
  /** Restarts the daemon with this configuration, soon. */
  restart(loaded: LoadedConfig): RestartReport;
  /** What {@link reload} would do now. Throws {@link ControlError} where it would be refused. */
  preview(loaded: LoadedConfig): { readonly steps: readonly PlannedStep[]; readonly established: number };
  /** These resolve when the row is written, or deleted. They throw {@link ControlError}. */
  keepPeer(peer: ConfiguredPeer): Promise<void>;
  forgetPeer(name: string): Promise<void>;
}

export class ConfigChangeHandler implements ConfigurationTarget {
  readonly #configuration: Configuration;
  readonly #daemon: () => Reconfigurable | undefined;
  readonly #log: Log;
  readonly #service: Pick<ServiceManager, "reload"> | undefined;
  /** The run that ends for a restart: changes after that are for the next run. */
  #leaving: Reconfigurable | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** `daemon`: the current run; `undefined` between two runs. */
  constructor(
    configuration: Configuration,
    daemon: () => Reconfigurable | undefined,
    log: Log,
    service?: Pick<ServiceManager, "reload">,
  ) {
    this.#service = service;
    this.#configuration = configuration;
    this.#daemon = daemon;
    this.#log = log;
  }

  get path(): string {
    return this.#configuration.absolutePath;
  }

  /** If the file has errors, all of them are logged, and nothing changes. */
  reload(): Promise<ReloadReport> {
    return this.#inTurn(async () => {
      using _reload = this.#service?.reload();
      this.#log.info(`reload: reading ${this.path}`);
      const loaded = await this.#loadUnbroken();
      if (loaded.kind === "loaded") {
        const included = includedFiles(loaded);
        if (included > 0) this.#log.info(`reload: read ${included} included ${included === 1 ? "file" : "files"}`);
        for (const note of loaded.warnings) this.#log.warn(`reload: ${note}`);
        return { file: this.path, includedFiles: included, changes: await this.#apply(loaded, {}) };
      }
      const { lines, texts } = loaded;
      for (const line of lines) this.#log.error(`reload: ${line}`);
      this.#log.error(
        "reload: refused, bgpd continues with its current configuration; correct the errors above and reload again",
      );
      throw new ControlError("wrong", ["not reloaded, the configuration has errors:", ...texts].join("\n"));
    });
  }

  /** Nothing changes, and nothing is logged. */
  dryRun(): Promise<ReloadPlanView> {
    return this.#inTurn(async () => {
      const loaded = await this.#loadUnbroken();
      if (loaded.kind === "refused") {
        throw new ControlError("wrong", ["a reload would be refused:", ...loaded.texts].join("\n"));
      }
      const { steps, established } = this.#running.preview(loaded);
      const [before, after] = [this.#configuration.written(), this.#configuration.written(loaded)];
      return {
        file: this.path,
        includedFiles: includedFiles(loaded),
        changes: steps.map((step) => plannedChange(step, before, after)),
        warnings: [...loaded.warnings, ...loaded.unusable.map(({ line }) => line)],
        established,
      };
    });
  }

  /** As {@link reload}, but the whole daemon restarts. */
  restart(): Promise<RestartReport> {
    return this.#inTurn(async () => {
      const loaded = await this.#configuration.load();
      if (loaded.kind === "loaded") {
        for (const note of loaded.warnings) this.#log.warn(`restart: ${note}`);
        for (const { line } of loaded.unusable) this.#log.error(`restart: ${line}`);
        return this.#restart(loaded);
      }
      for (const line of loaded.lines) this.#log.error(`restart: ${line}`);
      this.#log.error("restart: refused, bgpd continues to run; correct the errors above and restart again");
      throw new ControlError(
        "wrong",
        ["bgpd was not restarted, the configuration has errors:", ...loaded.texts].join("\n"),
      );
    });
  }

  /** `keys`: the keys of a table `[[peers]]`. */
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
        throw new ControlError("conflict", `${name} is in the configuration file: change it there and reload`);
      }
      const { added } = this.#configuration;
      if (added.has(name) && !replace) {
        throw new ControlError("conflict", `${name} was added already: use --replace to replace it`);
      }
      const loaded = await this.#loadedWith(new Map([...added, [name, toml]]));
      const clash = loaded.unusable.find((each) => each.name === name);
      if (clash !== undefined) throw new ControlError("conflict", `the peer is not added: ${clash.line}`);
      await this.#running.keepPeer({ name, toml });
      await this.#apply(loaded, { keepsOverrides: true });
      return this.#view(name);
    });
  }

  /** `name`: a name, or an address, network or description that one peer alone has. */
  removePeer(name: string): Promise<ConfiguredPeerView> {
    return this.#inTurn(async () => {
      const peer = this.#find(name);
      if (peer.toml === undefined) {
        throw new ControlError(
          "conflict",
          `${peer.name} is in the configuration file: remove it there and reload`,
        );
      }
      const view = this.#view(peer.name);
      const { added } = this.#configuration;
      const loaded = await this.#loadedWith(new Map([...added].filter(([name]) => name !== peer.name)));
      await this.#running.forgetPeer(peer.name);
      await this.#apply(loaded, { keepsOverrides: true });
      return view;
    });
  }

  configuredPeers(): ConfiguredPeerView[] {
    return this.#configuration.peers().map(view);
  }

  /** Refused, too, where an added peer would break. */
  async #loadUnbroken(): Promise<LoadedConfig | Pick<RefusedConfig, "kind" | "lines" | "texts">> {
    const loaded = await this.#configuration.load();
    const broken = loaded.kind === "loaded" ? this.#newlyBroken(loaded) : [];
    return broken.length === 0 ? loaded : { kind: "refused", lines: broken, texts: broken };
  }

  /** Lines about added peers that a reload would break: none loses its session because the file lost its group. */
  #newlyBroken(loaded: LoadedConfig): string[] {
    const sound = this.#configuration.peers().filter(({ error }) => error === undefined).map(({ name }) => name);
    return loaded.unusable.filter(({ name }) => sound.includes(name)).map(({ line }) => line);
  }

  /** Throws a {@link ControlError} after a restart has begun: changes of the run that ends would be lost. */
  get #running(): Reconfigurable {
    const daemon = this.#daemon();
    if (daemon === undefined || daemon === this.#leaving) {
      throw new ControlError("unavailable", "bgpd restarts: try again in a moment");
    }
    return daemon;
  }

  #restart(loaded: LoadedConfig): RestartReport {
    const daemon = this.#running;
    const report = daemon.restart(loaded);
    this.#leaving = daemon;
    return report;
  }

  async #apply(loaded: LoadedConfig, options: ReloadOptions): Promise<string[]> {
    const lines = await this.#running.reload(loaded, options).catch((error) => {
      // For example a socket that cannot be opened.
      if (error instanceof ControlError) this.#log.error(`reload: refused: ${error.message}`);
      throw error;
    });
    this.#configuration.use(loaded);
    return lines;
  }

  async #loadedWith(added: ReadonlyMap<string, string>): Promise<LoadedConfig> {
    const loaded = await this.#configuration.with(added);
    if (loaded.kind === "refused") throw new ControlError("wrong", loaded.lines.join("\n"));
    return loaded;
  }

  /** An added peer before a peer of the file with the same name: only the added one can be removed. */
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

  /** Runs `work` when the changes before it are done. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work, work);
    this.#last = next.catch(() => {});
    return next;
  }
}

function includedFiles({ sources }: LoadedConfig): number {
  return sources.file.files.length - 1;
}

function plannedChange(step: PlannedStep, before: Written, after: Written): ReloadPlanView["changes"][number] {
  const { line, peer, speakerField, peerFields, sessions, routes } = step;
  const keys = peer === undefined
    ? speakerField === undefined ? [] : speakerKeyChanges(before, after, speakerField)
    : peerKeyChanges(before, after, peer, peerFields);
  return {
    text: line,
    peer: peer ?? null,
    keys: keys.map(({ items, ...key }) => ({ ...key, items: [...items] })),
    sessions: [...sessions],
    routes: routes.map(({ peer, effects }) => ({ peer, effects: [...effects] })),
  };
}

function view({ name, config, toml, error }: PeerSource): ConfiguredPeerView {
  return {
    peer: name,
    remoteIp: config === undefined ? null : remoteOf(config),
    peerAs: config?.remoteAsn ?? null,
    description: config?.description ?? null,
    group: config?.group ?? null,
    source: toml === undefined ? "file" : "command",
    toml: toml ?? null,
    error: error ?? null,
  };
}
