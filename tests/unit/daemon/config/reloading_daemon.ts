/** A daemon without threads and sockets that goes from one configuration to another, for tests. */
import { type Config, ownRoutes } from "../../../../src/config/mod.ts";
import { applyReload } from "../../../../src/daemon/config/reload.ts";
import { type PlannedStep, planReload, type ReloadOptions } from "../../../../src/daemon/config/reload_plan.ts";
import { Protection } from "../../../../src/daemon/listen/protection.ts";
import { silentLog } from "../../../../src/daemon/log/log.ts";
import { Originations } from "../../../../src/daemon/rib/originations.ts";
import { DaemonPeers } from "../daemon_peers.ts";

/** Its `events` hold lines of the log, too, as `log TEXT`. */
export class ReloadingDaemon extends DaemonPeers {
  readonly protection = new Protection();
  readonly originations = new Originations((message) => this.sendToRib(message));
  #config: Config;

  constructor(config: Config, keys: ReadonlyMap<string, string> = new Map()) {
    super(config);
    this.#config = config;
    this.protection.replace(config.peers, keys);
    this.originations.configure(ownRoutes(config));
  }

  async reload(
    config: Config,
    keys: ReadonlyMap<string, string> = new Map(),
    options: ReloadOptions = {},
  ): Promise<string[]> {
    const lines = await applyReload(this.#config, config, keys, {
      toRib: (message) => this.sendToRib(message),
      peers: this.peers,
      protection: this.protection,
      originations: this.originations,
      log: { ...silentLog, info: (text) => void this.events.push(`log ${text}`) },
    }, options);
    this.#config = config;
    await this.clock.advance(0);
    return lines;
  }

  /** What {@link reload} would do. */
  plan(config: Config, keys: ReadonlyMap<string, string> = new Map()): readonly PlannedStep[] {
    const present = { peers: this.peers, protection: this.protection };
    return planReload(this.#config, config, keys, present).steps;
  }

  /** What comes next stands alone in the lists. */
  clear(): void {
    this.events.length = 0;
    this.toRib.length = 0;
  }

  states(): Record<string, string> {
    return Object.fromEntries(
      [...this.peers].map(({ address, enabled, state }) => [address, enabled ? state : "Disabled"]),
    );
  }
}
