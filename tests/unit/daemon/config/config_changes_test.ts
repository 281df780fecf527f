/**
 * Peers added and removed while the daemon runs, and reloads between: what is refused, kept, and what takes precedence.
 */
import assert from "node:assert/strict";
import { ControlError } from "../../../../src/control/mod.ts";
import { ConfigChangeHandler, type Reconfigurable } from "../../../../src/daemon/config/config_changes.ts";
import type { PlannedStep } from "../../../../src/daemon/config/reload_plan.ts";
import { Configuration } from "../../../../src/daemon/config/configuration.ts";
import { type Log, silentLog } from "../../../../src/daemon/log/log.ts";
import {
  type ConfiguredPeer,
  ConfiguredPeers,
  readConfiguredPeers,
} from "../../../../src/store/write/configured_peers.ts";
import { StoreWriter } from "../../../../src/store/mod.ts";
import { Database } from "../../../../src/store/sqlite.ts";
import { configHead } from "../../../support/config_text.ts";

/** A daemon that only remembers, and its database. */
class RecordingDaemon implements Reconfigurable {
  readonly said: string[] = [];
  /** Peers that it has now, with their hold times. */
  peers: string[] = [];
  refusal: Error | undefined;
  /** The run that the handler speaks to; between two runs there is none. */
  run: Reconfigurable | undefined = this;
  readonly changes: ConfigChangeHandler;
  readonly #folder: string;
  readonly #log: Log = {
    ...silentLog,
    warn: (text) => void this.said.push(`warn ${text}`),
    error: (text) => void this.said.push(`error ${text}`),
  };

  constructor(folder: string, configuration: Configuration) {
    this.#folder = folder;
    this.changes = new ConfigChangeHandler(configuration, () => this.run, this.#log);
  }

  static async start(folder: string): Promise<RecordingDaemon> {
    const configuration = new Configuration(`${folder}/bgpd.toml`, () => []);
    const loaded = await configuration.load();
    assert.ok(loaded.kind === "loaded", JSON.stringify(loaded));
    configuration.use(loaded);
    const daemon = new RecordingDaemon(folder, configuration);
    daemon.said.push(...loaded.warnings, ...loaded.unusable.map(({ line }) => line));
    await daemon.reload(loaded);
    return daemon;
  }

  reload({ config }: Parameters<Reconfigurable["reload"]>[0]): Promise<string[]> {
    this.peers = config.peers.map(({ name, holdTimeSeconds }) => `${name} ${holdTimeSeconds}`);
    return Promise.resolve([]);
  }

  keepPeer(peer: ConfiguredPeer): Promise<void> {
    return this.#write((rows) => rows.put(peer, 5));
  }

  restart({ config }: Parameters<Reconfigurable["restart"]>[0]): ReturnType<Reconfigurable["restart"]> {
    this.said.push(`restart with ${config.peers.map(({ name }) => name).join(", ")}`);
    return { pid: 1, startedAt: "", sessions: [] };
  }

  /** The steps that the next dry run shows. */
  steps: PlannedStep[] = [];

  preview(): ReturnType<Reconfigurable["preview"]> {
    this.said.push("preview");
    return { steps: this.steps, established: 0 };
  }

  forgetPeer(name: string): Promise<void> {
    return this.#write((rows) => void rows.remove(name));
  }

  #write(work: (rows: ConfiguredPeers) => void): Promise<void> {
    if (this.refusal !== undefined) return Promise.reject(this.refusal);
    const db = new Database(`${this.#folder}/bgpd.db`);
    work(new ConfiguredPeers(db));
    db.close();
    return Promise.resolve();
  }
}

const head = configHead({ routerId: "1.1.1.1" });
const lab = '[[groups]]\nname = "lab"\nhold_timer = 30\n';
const first = '[[peers]]\nremote_ip = "192.0.2.1"\nremote_as = 65001\n';

async function withFolder(text: string, work: (folder: string, write: (text: string) => void) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  const write = (text: string) =>
    Deno.writeTextFileSync(`${folder}/bgpd.toml`, `${head}database = "${folder}/bgpd.db"\n${text}`);
  try {
    new StoreWriter(`${folder}/bgpd.db`, { now: () => 5 }).close();
    write(text);
    await work(folder, write);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => assert.fail("this should be refused"), (error: Error) => error.message);
}

Deno.test("a restart reads the file again and keeps added peers; with errors in the file nothing happens", () =>
  withFolder(first, async (folder, write) => {
    const daemon = await RecordingDaemon.start(folder);
    await daemon.changes.addPeer({ remote_ip: "192.0.2.9", remote_as: 65009 });
    write(first + first.replace("192.0.2.1", "192.0.2.2"));
    await daemon.changes.restart();
    assert.deepEqual(daemon.said, ["restart with 192.0.2.1, 192.0.2.2, 192.0.2.9"]);
    write("hold_tim = 5");
    assert.match(
      await refusal(daemon.changes.restart()),
      /^bgpd was not restarted, the configuration has errors:\n[^]*hold_tim/,
    );
    assert.equal(daemon.said.filter((line) => line.startsWith("restart with")).length, 1);
  }));

Deno.test("changes after a restart has begun are unavailable until the next run; nothing is half done", () =>
  withFolder(first, async (folder) => {
    const daemon = await RecordingDaemon.start(folder);
    const before = [...daemon.peers];
    const added = { remote_ip: "192.0.2.9", remote_as: 65009 };
    for (const isThere of [true, false]) {
      if (isThere) await daemon.changes.restart();
      else daemon.run = undefined;
      for (
        const change of [
          () => daemon.changes.reload(),
          () => daemon.changes.restart(),
          () => daemon.changes.addPeer(added),
        ]
      ) {
        const error = await change().then(() => assert.fail("this should be refused"), (error: unknown) => error);
        assert.ok(error instanceof ControlError, String(error));
        assert.deepEqual([error.kind, error.message], [
          "unavailable",
          "bgpd restarts: try again in a moment",
        ]);
      }
    }
    assert.deepEqual(daemon.said, ["restart with 192.0.2.1"], "once");
    assert.deepEqual(daemon.peers, before);
    assert.deepEqual(readConfiguredPeers(`${folder}/bgpd.db`), []);
    daemon.run = {
      reload: (loaded) => daemon.reload(loaded),
      restart: (loaded) => daemon.restart(loaded),
      keepPeer: (peer) => daemon.keepPeer(peer),
      forgetPeer: (name) => daemon.forgetPeer(name),
      preview: () => daemon.preview(),
    };
    await daemon.changes.addPeer(added);
    assert.deepEqual(daemon.peers, [...before, "192.0.2.9 90"], "negative: the next run takes it");
  }));

Deno.test("a peer that is added is there after a restart; one that is removed is not", () =>
  withFolder(lab + first, async (folder) => {
    const daemon = await RecordingDaemon.start(folder);
    const view = await daemon.changes.addPeer({ remote_ip: "192.0.2.9", remote_as: 65009, group: "lab" });
    assert.deepEqual(view, {
      peer: "192.0.2.9",
      remoteIp: "192.0.2.9",
      peerAs: 65009,
      description: null,
      group: "lab",
      source: "command",
      toml: 'remote_ip = "192.0.2.9"\nremote_as = 65009\ngroup = "lab"\n',
      error: null,
    });
    assert.deepEqual(daemon.peers, ["192.0.2.1 90", "192.0.2.9 30"]);
    const again = await RecordingDaemon.start(folder);
    assert.deepEqual(again.peers, ["192.0.2.1 90", "192.0.2.9 30"]);
    assert.deepEqual(again.changes.configuredPeers().map(({ peer, source }) => [peer, source]), [
      ["192.0.2.1", "file"],
      ["192.0.2.9", "command"],
    ]);
    await again.changes.removePeer("192.0.2.9");
    assert.deepEqual(again.peers, ["192.0.2.1 90"]);
    assert.deepEqual((await RecordingDaemon.start(folder)).peers, ["192.0.2.1 90"]);
  }));

Deno.test("errors of an added peer are reported with their line, as errors of the file are; nothing happens", () =>
  withFolder(first, async (folder) => {
    const daemon = await RecordingDaemon.start(folder);
    const keys = { remote_ip: "192.0.2.9", remote_as: 65009, hold_time: 30 };
    assert.equal(
      await refusal(daemon.changes.addPeer(keys)),
      'the peer is not added:\npeer 192.0.2.9:3:1: unknown key "hold_time" in [[peers]]\n   3 | hold_time = 30\n' +
        "     | ^\n     = did you mean hold_timer?",
    );
    const secret = { remote_ip: "192.0.2.9", remote_as: 65009, password_file: `${folder}/none` };
    assert.match(await refusal(daemon.changes.addPeer(secret)), /^cannot read the password file/);
    daemon.refusal = new Error("the disk is full");
    const right = { remote_ip: "192.0.2.9", remote_as: 65009 };
    assert.equal(await refusal(daemon.changes.addPeer(right)), "the disk is full");
    assert.deepEqual([daemon.peers, readConfiguredPeers(`${folder}/bgpd.db`)], [["192.0.2.1 90"], []]);
    assert.deepEqual(daemon.changes.configuredPeers().length, 1);
  }));

Deno.test("a peer of the file cannot be added or removed; an added peer is replaced only with --replace", () =>
  withFolder(first, async (folder) => {
    const daemon = await RecordingDaemon.start(folder);
    const add = (ip: string, hold: number, replace: boolean) =>
      daemon.changes.addPeer({ remote_ip: ip, remote_as: 65001, hold_timer: hold }, { replace });
    const inFile = "192.0.2.1 is in the configuration file: change it there and reload";
    assert.equal(await refusal(add("192.0.2.1", 30, true)), inFile);
    assert.match(await refusal(daemon.changes.removePeer("192.0.2.1")), /remove it there and reload$/);
    assert.equal(
      await refusal(daemon.changes.removePeer("192.0.2.7")),
      "there is no peer 192.0.2.7; `bgpd show peers` lists all",
    );
    await add("2001:DB8:0::9", 30, false);
    assert.match(await refusal(add("2001:db8::9", 60, false)), /^2001:db8::9 was added already/);
    assert.deepEqual(daemon.peers, ["192.0.2.1 90", "2001:db8::9 30"]);
    await add("2001:db8::9", 60, true);
    assert.deepEqual(daemon.peers, ["192.0.2.1 90", "2001:db8::9 60"]);
    await daemon.changes.removePeer("2001:DB8::9");
    assert.deepEqual(daemon.peers, ["192.0.2.1 90"]);
  }));

Deno.test("a network is added as an address is, and removed by any spelling of it", () =>
  withFolder(first, async (folder) => {
    const daemon = await RecordingDaemon.start(folder);
    await daemon.changes.addPeer({ remote_ip: "10.0.0.0/8", description: "members" });
    assert.deepEqual(daemon.peers, ["192.0.2.1 90", "10.0.0.0/8 90"]);
    assert.equal((await daemon.changes.removePeer("members")).peer, "10.0.0.0/8");
    assert.deepEqual(daemon.peers, ["192.0.2.1 90"]);
  }));

Deno.test("a reload keeps added peers; a peer of the file takes precedence, and the log says so", () =>
  withFolder(first, async (folder, write) => {
    const daemon = await RecordingDaemon.start(folder);
    await daemon.changes.addPeer({ remote_ip: "192.0.2.9", remote_as: 65009, hold_timer: 30 });
    await daemon.changes.reload();
    assert.deepEqual([daemon.peers, daemon.said], [["192.0.2.1 90", "192.0.2.9 30"], []]);
    const note = "192.0.2.9 is also in the configuration file, which takes precedence over peer add";
    write(`${first}[[peers]]\nremote_ip = "192.0.2.9"\nremote_as = 65009\nhold_timer = 60\n`);
    await daemon.changes.reload();
    assert.deepEqual([daemon.peers, daemon.said], [["192.0.2.1 90", "192.0.2.9 60"], [`warn reload: ${note}`]]);
    assert.deepEqual(daemon.changes.configuredPeers().at(-1)!.error, note.slice("192.0.2.9 ".length));
    assert.deepEqual((await RecordingDaemon.start(folder)).said, [note]);
    // And with the file's word gone the added one counts again.
    write(first);
    await daemon.changes.reload();
    assert.deepEqual(daemon.peers, ["192.0.2.1 90", "192.0.2.9 30"]);
  }));

Deno.test("a reload refuses a file without the group of an added peer; a start leaves the peer out", () =>
  withFolder(lab + first, async (folder, write) => {
    const daemon = await RecordingDaemon.start(folder);
    await daemon.changes.addPeer({ remote_ip: "192.0.2.9", remote_as: 65009, group: "lab" });
    write(first);
    const line =
      'peer add 192.0.2.9:3:9: no [[groups]] has the name "lab"; add [[groups]] with this name, or correct the name';
    assert.equal(await refusal(daemon.changes.reload()), `not reloaded, the configuration has errors:\n${line}`);
    assert.deepEqual(daemon.said, [
      `error reload: ${line}`,
      "error reload: refused, bgpd continues with its current configuration; correct the errors above and reload again",
    ]);
    assert.deepEqual(daemon.peers, ["192.0.2.1 90", "192.0.2.9 30"]);
    const next = await RecordingDaemon.start(folder);
    assert.deepEqual([next.peers, next.said], [["192.0.2.1 90"], [line]]);
    assert.equal(
      next.changes.configuredPeers().at(-1)!.error,
      'no [[groups]] has the name "lab"; add [[groups]] with this name, or correct the name',
    );
    // It was out already: that is no reason to refuse what else the file says.
    write(`${first}hold_timer = 12\n`);
    await next.changes.reload();
    assert.deepEqual(next.peers, ["192.0.2.1 12"]);
    write(lab + first);
    await next.changes.reload();
    assert.deepEqual(next.peers, ["192.0.2.1 90", "192.0.2.9 30"]);
  }));

Deno.test("changes that are requested at the same time happen one after the other", () =>
  withFolder(first, async (folder) => {
    const daemon = await RecordingDaemon.start(folder);
    const add = (n: number) => daemon.changes.addPeer({ remote_ip: `192.0.2.${n}`, remote_as: 65001 });
    const done = await Promise.allSettled([add(8), add(9), add(9), daemon.changes.removePeer("192.0.2.8")]);
    assert.deepEqual(done.map(({ status }) => status), ["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    assert.deepEqual(daemon.peers, ["192.0.2.1 90", "192.0.2.9 90"]);
    assert.deepEqual(readConfiguredPeers(`${folder}/bgpd.db`).map(({ name }) => name), ["192.0.2.9"]);
  }));

Deno.test("a database that does not exist, or is not one of bgpd, has no added peers", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  try {
    assert.deepEqual(readConfiguredPeers(`${folder}/none.db`), []);
    Deno.writeTextFileSync(`${folder}/text.db`, "not a database ".repeat(1000));
    assert.deepEqual(readConfiguredPeers(`${folder}/text.db`), []);
    const other = new Database(`${folder}/other.db`);
    other.exec("CREATE TABLE configured_peers(remote_ip, toml); INSERT INTO configured_peers VALUES('x', 'y')");
    other.close();
    assert.deepEqual(readConfiguredPeers(`${folder}/other.db`), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a dry run says the old and new value of each key, also of groups and added peers; nothing changes", () =>
  withFolder(lab + first, async (folder, write) => {
    const daemon = await RecordingDaemon.start(folder);
    await daemon.changes.addPeer({ remote_ip: "192.0.2.9", remote_as: 65009, group: "lab" });
    const before = [...daemon.peers];
    const change = (peer: string, field: PlannedStep["peerFields"][number]): PlannedStep => ({
      line: `${peer}: changed`,
      peer,
      peerFields: [field],
      speakerField: undefined,
      sessions: [],
      routes: [],
    });
    daemon.steps = [
      change("192.0.2.9", "holdTimeSeconds"),
      change("192.0.2.1", "description"),
      change("192.0.2.1", "connectRetrySeconds"),
      { ...change("", "import"), peer: undefined, peerFields: [], speakerField: "policies" },
    ];
    await Deno.mkdir(`${folder}/more`);
    await Deno.writeTextFile(`${folder}/more/sets.toml`, '[[as_sets]]\nname = "x"\nasns = [1]\n');
    const text = `include = "more/*"\npoll_interval = 9\n${lab.replace("30", "60")}${first}description = "x"\n`;
    write(`${text}[[policies]]\nname = "in"\n`);
    const plan = await daemon.changes.dryRun();
    assert.equal(plan.file, await Deno.realPath(`${folder}/bgpd.toml`));
    assert.equal(plan.includedFiles, 1);
    assert.deepEqual(
      plan.changes.map(({ keys }) => keys.map(({ key, before, after }) => [key, before, after])),
      [
        [["hold_timer", "30", "60"]],
        [["description", null, '"x"']],
        // The key is one of the top level, which has a line of its own.
        [],
        [["as_sets", null, "1 table"], ["policies", null, "1 table"]],
      ],
    );
    assert.deepEqual(plan.changes[3]!.keys.map(({ items }) => items), [["+ x"], ["+ in"]]);
    assert.deepEqual(daemon.peers, before);
    assert.deepEqual(daemon.said, ["preview"]);
    // Against the file in force, which is the old one.
    assert.deepEqual((await daemon.changes.dryRun()).changes, plan.changes);
    write(first);
    assert.match(
      await refusal(daemon.changes.dryRun()),
      /^a reload would be refused:\npeer add 192\.0\.2\.9:3:9: .*lab/,
    );
    write("hold = 5");
    assert.match(await refusal(daemon.changes.dryRun()), /^a reload would be refused:\n.*bgpd\.toml:4:1: unknown key/);
    assert.deepEqual(daemon.said, ["preview", "preview"]);
  }));
