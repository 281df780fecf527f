/**
 * `bgpd doctor` on machines where something is broken: it names each thing, and what to change. Facts that cannot be
 * broken here are in `tests/unit/control/doctor`.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Finding } from "../../src/control/doctor/mod.ts";
import { schemaVersion } from "../../src/store/mod.ts";
import { listen } from "../../src/transport/mod.ts";
import { bgpdPath, ensureBgpd, startBgpd } from "../support/bgpd.ts";
import { configHead, peerTable } from "../support/config_text.ts";
import { freePort, loopback } from "../support/net.ts";
import { run } from "../support/process.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";

interface Examined {
  readonly code: number;
  readonly findings: readonly Finding[];
}

interface DoctorOptions {
  readonly file?: string;
  /** A program and its arguments that run the executable. */
  readonly wrap?: readonly string[];
}

async function doctor(folder: string, { file = "bgpd.toml", wrap = [] }: DoctorOptions = {}): Promise<Examined> {
  await ensureBgpd();
  const [program, ...args] = [...wrap, bgpdPath, "doctor", file, "--json"];
  const { code, stdout, stderr } = await run(program!, args, { cwd: folder, env: { NO_COLOR: "1" } });
  assert.equal(stderr, "");
  return { code, findings: (JSON.parse(stdout) as { findings: Finding[] }).findings };
}

/** The finding about an area that matches; it says what to change, unless it is ok. */
function finds({ findings }: Examined, area: string, level: string, pattern: RegExp): Finding {
  const found = findings.find((each) => each.area === area && each.level === level && pattern.test(each.text));
  assert.ok(found !== undefined, `${area} ${level} ${pattern}: ${JSON.stringify(findings, undefined, 1)}`);
  assert.equal(found.change === undefined, level === "ok");
  return found;
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-doctor-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function lab() {
  const address = loopback();
  const at = { address, port: freePort(address) };
  return { ...at, config: configHead(at) };
}

Deno.test("doctor before the start: all is well, except that bgpd does not run", () =>
  inFolder(async (folder) => {
    const { config, address, port } = lab();
    await Deno.writeTextFile(`${folder}/bgpd.toml`, config + peerTable(loopback(), { lines: "passive = true" }));
    const examined = await doctor(folder);
    assert.equal(examined.code, 0, JSON.stringify(examined.findings, undefined, 1));
    finds(examined, "config", "ok", /1 peer, no errors$/);
    finds(examined, "sockets", "ok", new RegExp(`^bgp_socket ${address}:${port} is free$`));
    finds(examined, "database", "ok", /is not there yet/);
    finds(examined, "disk", "ok", /are free in /);
    finds(examined, "kernel", "ok", /^TCP-MD5 works/);
    finds(examined, "kernel", "ok", /^TTL security works/);
    finds(examined, "limits", "ok", /allows 1 peer$/);
    finds(examined, "daemon", "warning", /^bgpd is not running$/);
    finds(examined, "files", "ok", /^only their owners/);
    assert.deepEqual([...new Set(examined.findings.map(({ area }) => area))].length, 10, "every area but the history");
  }));

Deno.test("doctor: errors of the configuration, keys that others may read, files that others may write", () =>
  inFolder(async (folder) => {
    const { config } = lab();
    await Deno.writeTextFile(`${folder}/bgpd.toml`, `${config}hold_time = 90\n`);
    const broken = await doctor(folder);
    assert.equal(broken.code, 1);
    const wrong = finds(broken, "config", "problem", /line 4: unknown key "hold_time" .*: use hold_timer of/);
    assert.equal(wrong.change, "correct it, then try: bgpd check bgpd.toml");
    await Deno.writeTextFile(`${folder}/key`, "secret\n", { mode: 0o644 });
    const peer = peerTable(loopback(), { lines: 'passive = true\npassword_file = "key"' });
    await Deno.writeTextFile(`${folder}/bgpd.toml`, config + peer);
    await Deno.chmod(`${folder}/bgpd.toml`, 0o666);
    const open = await doctor(folder);
    finds(open, "files", "warning", /may read the TCP-MD5 key of .*\/key$/);
    assert.match(finds(open, "files", "problem", /may change the configuration/).change!, /^chmod o-w /);
  }));

Deno.test("doctor: a port of another program, a limit of open files, a full disk, no inodes", () =>
  inFolder(async (folder) => {
    const { config, address, port } = lab();
    const network = peerTable("10.0.0.0/8", { lines: "max_members = 500" });
    await Deno.writeTextFile(`${folder}/bgpd.toml`, config + network);
    {
      using _busy = Deno.listen({ hostname: address, port });
      const busy = await doctor(folder);
      assert.match(finds(busy, "config", "problem", /already in use by deno \(pid \d+\)/).text, new RegExp(`:${port}`));
    }
    const limited = await doctor(folder, { wrap: ["prlimit", "--nofile=300:300"] });
    assert.match(finds(limited, "limits", "problem", /300 open files .* allows 500$/).change!, /LimitNOFILE/);
    if (!canMount()) return;
    await Deno.mkdir(`${folder}/disk`);
    await Deno.writeTextFile(`${folder}/bgpd.toml`, `database = "disk/bgpd.db"\n${config}`);
    const mounted = (options: string) => [
      ...["unshare", "--mount", "sh", "-c"],
      `mount -t tmpfs -o ${options} bgpd-test '${folder}/disk' && exec "$@"`,
      "sh",
    ];
    const full = await doctor(folder, { wrap: mounted("size=4m") });
    finds(full, "disk", "problem", /^the disk is full: 4\.0 MiB of 4\.0 MiB are free in .*disk$/);
    const small = await doctor(folder, { wrap: mounted("size=500m") });
    finds(small, "disk", "warning", /^the disk is nearly full/);
    const crowded = await doctor(folder, { wrap: mounted("size=4g,nr_inodes=10") });
    finds(crowded, "disk", "problem", /has no inodes left/);
  }));

Deno.test("doctor: foreign, damaged and old databases; a run that died; a clock that was set back; gaps", () =>
  inFolder(async (folder) => {
    const { config, address, port } = lab();
    const local = loopback();
    const whole = `${config}${peerTable(local, { lines: "passive = true" })}`;
    await Deno.writeTextFile(`${folder}/bgpd.toml`, whole);
    const edit = (sql: string) => {
      const db = new DatabaseSync(`${folder}/bgpd.db`);
      db.exec(sql);
      db.close();
    };
    {
      await using bgpd = await startBgpd({ config: whole, cwd: folder });
      const session = await ScriptedPeer.connect({ local, address, port, asn: 65001 });
      session.announce("198.51.100.0/24");
      await waitFor("the route", () => bgpd.sql("SELECT 1 FROM rib").length === 1);
      await bgpd.stop("SIGKILL");
      session.close();
    }
    const died = finds(await doctor(folder), "daemon", "problem", /it ended unexpectedly after/);
    assert.match(died.change!, /journalctl/);
    {
      await using bgpd = await startBgpd({ config: whole, cwd: folder });
      assert.equal(await bgpd.stop(), 0);
    }
    finds(await doctor(folder), "daemon", "warning", /^bgpd is not running; it stopped at /);
    const now = Date.now();
    edit(`INSERT INTO history_gaps(began_at, from_at, to_at, changes) VALUES(${now - 5000}, ${now - 5000}, ${now}, 3)`);
    finds(await doctor(folder), "history", "warning", /^1 gap in the last 30 days/);
    edit(`UPDATE daemon SET value = ${now + 3_600_000} WHERE key = 'goodbye'`);
    finds(await doctor(folder), "clock", "problem", /behind the newest entry of the database/);
    edit(`PRAGMA user_version = ${schemaVersion - 1}`);
    finds(await doctor(folder), "database", "warning", /has schema \d+, and this bgpd writes schema/);
    edit(`PRAGMA user_version = ${schemaVersion}`);
    await damage(`${folder}/bgpd.db`);
    finds(await doctor(folder), "database", "problem", /is damaged|unexpected content|malformed/);
    await Deno.remove(`${folder}/bgpd.db`);
    edit("CREATE TABLE t(a)");
    finds(await doctor(folder), "database", "problem", /is a database of another program/);
  }));

/** Overwrites the contents of pages in the middle of the file. */
async function damage(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true });
  const { size } = await file.stat();
  for (let at = 4096 * 4; at < size; at += 4096 * 3) {
    await file.seek(at, Deno.SeekMode.Start);
    await file.write(new Uint8Array(512).fill(0xa5));
  }
}

Deno.test("doctor beside a running daemon: peers that are down and why, another file, a daemon that hangs", () =>
  inFolder(async (folder) => {
    const { config, address, port } = lab();
    const [up, refusing, signed, wrongAs, absent] = [loopback(), loopback(), loopback(), loopback(), loopback()];
    const deaf = listen({ address: signed, port, md5: [{ remote: address, key: "another key" }] });
    await Deno.writeTextFile(`${folder}/key`, "the key", { mode: 0o600 });
    const dialled = `dest_port = ${port}\nlocal_ip = "${address}"\nconnect_retry = 1\n`;
    const whole = config + peerTable(up, { lines: "passive = true" }) + peerTable(refusing, { lines: dialled }) +
      peerTable(signed, { lines: `${dialled}password_file = "key"` }) +
      peerTable(wrongAs, { lines: "passive = true" }) + peerTable(absent, { lines: "passive = true" }) +
      peerTable("127.255.255.255", { lines: "connect_retry = 1" });
    try {
      await using bgpd = await startBgpd({ config: whole, cwd: folder });
      const session = await ScriptedPeer.connect({ local: up, address, port, asn: 65001 });
      session.announce("198.51.100.0/24");
      const stranger = await ScriptedPeer.dial({ local: wrongAs, address, port, asn: 65009 });
      stranger.write(stranger.openMessage());
      assert.deepEqual(await stranger.notification(), { code: 2, subcode: 2 });
      await waitFor("the reasons", () => bgpd.log.includes(`${signed}: no session`), { detail: () => bgpd.log });
      const examined = await doctor(folder);
      assert.equal(examined.code, 1);
      finds(examined, "daemon", "ok", /its threads answer and nothing waits$/);
      finds(examined, "sockets", "ok", /is held by bgpd \(pid \d+\)$/);
      finds(examined, "peers", "ok", /^1 peer Established$/);
      finds(examined, "peers", "problem", new RegExp(`^${refusing}: no session for .*refused the connection$`));
      finds(examined, "peers", "problem", new RegExp(`^${signed}: no session for .*did not answer`));
      finds(examined, "peers", "problem", /^127\.255\.255\.255: .*(no route|permission denied)/);
      assert.match(finds(examined, "peers", "problem", /AS 65009, remote_as is/).change!, /^set remote_as = 65009/);
      finds(examined, "peers", "warning", new RegExp(`^${absent}: .*it is passive, and has not connected$`));
      finds(examined, "kernel", "warning", /dropped \d+ segments? (without a|with a wrong) TCP-MD5 signature/);
      assert.equal(session.received.some(({ type }) => type === 3), false, "the session is left alone");

      await Deno.writeTextFile(`${folder}/other.toml`, whole);
      const other = await doctor(folder, { file: "other.toml" });
      finds(other, "config", "problem", /belongs to bgpd with pid \d+, which reads .*bgpd\.toml/);
      finds(other, "daemon", "warning", /reads .*bgpd\.toml, and not .*other\.toml$/);

      bgpd.process.signal("SIGSTOP");
      try {
        finds(await doctor(folder), "daemon", "problem", /does not answer at .*bgpd\.db\.sock: no answer in time$/);
      } finally {
        bgpd.process.signal("SIGCONT");
      }
      session.close();
    } finally {
      deaf.close();
    }
  }));

Deno.test("doctor opens no second connection to a peer, whoever has the first: that could end a session", () =>
  inFolder(async (folder) => {
    const { config, address, port } = lab();
    const remote = loopback();
    using listener = Deno.listen({ hostname: remote, port });
    const accepted: Deno.Conn[] = [];
    const accepting = (async () => {
      for await (const connection of listener) accepted.push(connection);
    })();
    const peer = peerTable(remote, { lines: `dest_port = ${port}\nlocal_ip = "${address}"\n` });
    await Deno.writeTextFile(`${folder}/other.toml`, `database = "other.db"\n${config}${peer}`);
    await using bgpd = await startBgpd({ config: config + peer, cwd: folder });
    await waitFor("the connection", () => accepted.length === 1);
    bgpd.process.signal("SIGSTOP");
    try {
      for (const file of ["bgpd.toml", "other.toml"]) {
        finds(await doctor(folder, { file }), "peers", "ok", new RegExp(`^${remote}: .*so doctor opens none$`));
      }
    } finally {
      bgpd.process.signal("SIGCONT");
    }
    assert.equal(accepted.length, 1);
    for (const connection of accepted) connection.close();
    listener.close();
    await accepting;
  }));

Deno.test("doctor prints for people: levels, what to change below, a last line that counts", () =>
  inFolder(async (folder) => {
    const { config } = lab();
    await Deno.writeTextFile(`${folder}/bgpd.toml`, config);
    const { code, stdout } = await run(bgpdPath, ["doctor", "-c", "bgpd.toml"], {
      cwd: folder,
      env: { NO_COLOR: "1", COLUMNS: "80" },
    });
    assert.equal(code, 0);
    assert.match(stdout, /^warning {2}daemon {4}bgpd is not running\n +=> start it: systemctl start bgpd/m);
    assert.match(stdout, /\n0 problems, \d+ warnings?, \d+ ok\n$/);
  }));

function canMount(): boolean {
  const { success } = new Deno.Command("unshare", {
    args: ["--mount", "sh", "-c", "mount -t tmpfs none /mnt"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).outputSync();
  if (!success) console.error("SKIPPED: a full disk: a file system cannot be mounted here");
  return success;
}
