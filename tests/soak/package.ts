/**
 * The life of the package in a clean Debian under real systemd: installed beside openbgpd and frr, started in its
 * sandbox, reloaded, read by other users, hung, killed, without disk, upgraded over an older database, booted again,
 * removed and purged.
 */
import { buildPackages } from "../support/packages.ts";
import { CleanRoot, inRoot, makeRoot, neededPrograms } from "../support/clean_root.ts";
import { findProgram, run } from "../support/process.ts";
import { sleep, waitFor } from "../support/wait.ts";
import { createVersion } from "../unit/store/fixture.ts";
import { tryImage } from "./image.ts";
import { tryTarball } from "./tarball.ts";
import type { Outcome } from "./main.ts";

/** What the root has beside a minimal Debian. */
const basics = ["systemd", "systemd-sysv", "dbus", "adduser", "sqlite3", "procps", "python3-minimal", "man-db"];
const otherDaemons = ["openbgpd", "frr"];

interface Trial {
  /** The booted root; another one after {@link bootAgain}. */
  root: CleanRoot;
  /** Two revisions of the package, as paths in the root. */
  readonly packages: readonly [string, string];
  readonly tarball: string;
  readonly measured: Record<string, unknown>;
  /** Records a failure unless `isTrue`. */
  check(isTrue: boolean, text: string): void;
}

/** The steps of the trial in their order: each goes on where the one before ended. */
const steps: readonly ((trial: Trial) => Promise<void>)[] = [
  installTarball,
  install,
  besideOthers,
  verifyUnit,
  start,
  sandbox,
  reload,
  otherUsers,
  hang,
  kill,
  runByRoot,
  fullDisk,
  upgrade,
  bootAgain,
  remove,
  purge,
];

export async function packageSoak(): Promise<Outcome> {
  const missing = [...neededPrograms, "lintian", "dpkg-deb"].filter((name) => findProgram(name) === undefined);
  if (missing.length > 0) {
    const packages = "debootstrap systemd-container lintian";
    return { measured: {}, failures: [`missing: ${missing.join(", ")}; install ${packages}`] };
  }
  const folder = await Deno.makeTempDir({ prefix: "bgpd-soak-" });
  const failures: string[] = [], measured: Record<string, unknown> = {};
  const check = (isTrue: boolean, text: string) => {
    if (!isTrue) failures.push(text);
  };
  try {
    const [first] = await buildPackages(`${folder}/one`, "--deb");
    const [again] = await buildPackages(`${folder}/two`, "--deb");
    const [second] = await buildPackages(`${folder}/one`, "--deb", "--revision", "2");
    const same = await run("cmp", [first!, again!]);
    check(same.code === 0, `two builds of the same commit differ: ${same.stdout}${same.stderr}`);
    const lintian = await run("lintian", ["--allow-root", "--fail-on", "error", first!]);
    check(lintian.code === 0, `lintian: ${lintian.stdout}${lintian.stderr}`);
    measured.lintian = lintian.stdout.trim() || "no errors, no warnings";
    const place = `${folder}/root`;
    await makeRoot(place, "bookworm", basics);
    if (findProgram("buildah") === undefined) measured.image = "not tried: buildah is not installed";
    else measured.image = await tryImage(folder, place);
    await addOtherDaemons(place);
    for (const path of [first!, second!]) await Deno.copyFile(path, `${place}/root/${path.split("/").pop()}`);
    createVersion(5, `${place}/root/old.db`);
    const [tarball] = await buildPackages(`${folder}/one`, "--tarball");
    await Deno.copyFile(tarball!, `${place}/root/${tarball!.split("/").pop()}`);
    const inside = (path: string) => `/root/${path.split("/").pop()}`;
    const root = await CleanRoot.boot(place);
    const trial: Trial = {
      root,
      packages: [inside(first!), inside(second!)],
      tarball: inside(tarball!),
      measured,
      check,
    };
    try {
      for (const step of steps) failures.push(...await failuresOf(step, trial));
    } finally {
      await trial.root[Symbol.asyncDispose]();
    }
  } finally {
    await run("rm", ["-rf", "--one-file-system", folder]);
  }
  return { measured, failures };
}

/** Runs a step and prints how long it took; gives the error that ended it, if one did. */
async function failuresOf(step: (trial: Trial) => Promise<void>, trial: Trial): Promise<string[]> {
  const began = performance.now();
  try {
    await step(trial);
    return [];
  } catch (error) {
    return [`${step.name}: ${error instanceof Error ? error.message : error}`];
  } finally {
    console.log(`${step.name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }
}

/** Other speakers are installed and do not start. */
async function addOtherDaemons(place: string): Promise<void> {
  await Deno.writeTextFile(`${place}/usr/sbin/policy-rc.d`, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  await Deno.copyFile("/etc/resolv.conf", `${place}/etc/resolv.conf`);
  const proxy = await run("sh", ["-c", "cat /etc/apt/apt.conf.d/*proxy* 2>/dev/null"]);
  if (proxy.stdout !== "") await Deno.writeTextFile(`${place}/etc/apt/apt.conf.d/99proxy`, proxy.stdout);
  const { code, stderr } = await inRoot(place, "apt-get", "-qy", "install", "--no-install-recommends", ...otherDaemons);
  if (code !== 0) throw new Error(`openbgpd and frr: ${stderr}`);
  await Deno.remove(`${place}/usr/sbin/policy-rc.d`);
  for (const unit of ["openbgpd", "frr"]) await inRoot(place, "systemctl", "disable", unit);
}

async function installTarball({ root, tarball }: Trial): Promise<void> {
  await tryTarball(root, tarball);
}

async function install({ root, packages, check }: Trial): Promise<void> {
  await root.sh(`dpkg -i ${packages[0]}`);
  check(await root.sh("systemctl is-enabled bgpd; true") === "disabled", "the installation enabled bgpd");
  check(await root.sh("systemctl is-active bgpd; true") === "inactive", "the installation started bgpd");
  check(/^bgpd:x:/.test(await root.sh("getent passwd bgpd")), "there is no user bgpd");
  check(
    await root.sh("stat -c '%U:%G %a' /var/lib/bgpd") === "bgpd:bgpd 751",
    "/var/lib/bgpd has another owner or mode",
  );
  check((await root.sh("cd / && bgpd-sql check")).includes("config ok"), "the configuration of the package has errors");
}

async function besideOthers({ root, check }: Trial): Promise<void> {
  check(/OpenBGPD/.test(await root.sh("/usr/sbin/bgpd -V 2>&1")), "openbgpd lost its bgpd");
  check(/FRR/i.test(await root.sh("/usr/lib/frr/bgpd --version")), "frr lost its bgpd");
  check(/^\d+\.\d+\.\d+$/.test(await root.sh("bgpd-sql --version")), "bgpd-sql is another program");
  const files = async (...names: string[]) => (await root.sh(`dpkg -L ${names.join(" ")}`)).split("\n");
  const others = new Set(await files(...otherDaemons));
  for (const path of await files("bgpd-sql")) {
    if (others.has(path)) check((await root.run("test", "-d", path)).code === 0, `${path} belongs to two packages`);
  }
  for (const page of ["1 bgpd", "8 bgpd"]) await root.sh(`man -w ${page}`);
}

async function verifyUnit({ root, check, measured }: Trial): Promise<void> {
  const verified = await root.run("systemd-analyze", "verify", "/lib/systemd/system/bgpd.service");
  check(verified.code === 0 && verified.stderr === "", `systemd-analyze verify: ${verified.stderr}`);
  const security = await root.sh("systemd-analyze security --offline=true /lib/systemd/system/bgpd.service");
  const level = /exposure level for bgpd\.service: ([\d.]+)/.exec(security)?.[1];
  measured.exposure = Number(level);
  check(Number(level) < 3, `systemd-analyze security: ${level}`);
}

/** A peer that replays the table of the demo, inside the root. */
const configuration = `router_id = "192.0.2.1"
default_as = 64512
bgp_socket = "127.0.0.1:179"
database = "/var/lib/bgpd/bgpd.db"

[[peers]]
remote_ip = "127.0.0.2"
remote_as = 64496
passive = true
`;

async function start({ root, check, measured }: Trial): Promise<void> {
  await Deno.writeTextFile(`${root.folder}/etc/bgpd/bgpd.toml`, configuration);
  const began = performance.now();
  await root.sh("systemctl enable --now bgpd");
  measured.startSeconds = Math.round((performance.now() - began) / 10) / 100;
  check(await root.property("bgpd", "ActiveState") === "active", "bgpd is not active");
  // As soon as systemctl returns, bgpd serves.
  await root.sh("cd / && bgpd-sql peer list");
  const replay =
    "bgpd-sql mrt replay /usr/share/doc/bgpd-sql/examples/demo/table.mrt.gz --to 127.0.0.1 --from 127.0.0.2";
  await root.sh(`systemd-run --quiet --unit=peer ${replay} --as 64496 --stay`);
  const count = async () => Number(await root.sh("cd / && bgpd-sql sql 'SELECT count(*) FROM rib' | tail -1"));
  measured.routes = await waitFor("routes", async () => await count() || undefined);
  const status = () => root.property("bgpd", "StatusText");
  measured.status = await waitFor("the status", async () => /^1 of 1 peers/.test(await status()) && await status());
}

/** What the kernel says of the running process. */
async function sandbox({ root, check, measured }: Trial): Promise<void> {
  const pid = await root.property("bgpd", "MainPID");
  const status = await root.sh(`cat /proc/${pid}/status`);
  const value = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, "m").exec(status)?.[1];
  const own = { user: value("Uid"), noNewPrivs: value("NoNewPrivs"), seccomp: value("Seccomp"), caps: value("CapBnd") };
  measured.sandbox = own;
  check(!own.user!.startsWith("0"), "bgpd runs as root");
  check(own.noNewPrivs === "1", "NoNewPrivileges has no effect");
  check(own.seccomp === "2", "SystemCallFilter has no effect");
  // CAP_NET_BIND_SERVICE is bit 10, CAP_SYS_NICE bit 23.
  check(own.caps === (1n << 10n | 1n << 23n).toString(16).padStart(16, "0"), `capabilities: ${own.caps}`);
  const mounts = await root.sh(`cat /proc/${pid}/mountinfo`);
  const options = (path: string) => new RegExp(`^\\d+ \\d+ \\S+ \\S+ ${path} (\\S+)`, "m").exec(mounts)?.[1] ?? "none";
  check(/\bro\b.*noexec|noexec.*\bro\b/.test(options("/")), `/ is mounted ${options("/")}`);
  check(/\brw\b/.test(options("/var/lib/bgpd")), `/var/lib/bgpd is mounted ${options("/var/lib/bgpd")}`);
  const inPlace = `nsenter -t ${pid} -m`;
  check((await root.run("sh", "-c", `${inPlace} touch /etc/x`)).code !== 0, "bgpd may write /etc");
  check((await root.run("sh", "-c", `${inPlace} /usr/bin/id`)).code !== 0, "bgpd may start other programs");
  await root.sh("touch /tmp/shared");
  check(await root.sh(`ls -A /proc/${pid}/root/tmp`) === "", "PrivateTmp has no effect");
}

async function reload({ root, check }: Trial): Promise<void> {
  const path = `${root.folder}/etc/bgpd/bgpd.toml`;
  await Deno.writeTextFile(path, `${configuration}description = "replay"\n`);
  await root.sh("systemctl reload bgpd");
  check(/replay/.test(await root.sh("cd / && bgpd-sql show peers")), "the reload has no effect");
  await Deno.writeTextFile(path, `${configuration}descripton = "replay"\n`);
  check((await root.run("systemctl", "reload", "bgpd")).code !== 0, "a reload with a mistake succeeds");
  check(await root.property("bgpd", "ActiveState") === "active", "a reload with a mistake ends bgpd");
  check(/descripton/.test(await root.sh("journalctl -u bgpd")), "the journal does not name the mistake");
  await Deno.writeTextFile(path, configuration);
  await root.sh("systemctl reload bgpd");
  check(/^1 of 1/.test(await root.property("bgpd", "StatusText")), "the session did not survive the reloads");
}

async function otherUsers({ root, check }: Trial): Promise<void> {
  await root.sh("useradd --groups bgpd alice && useradd bob");
  const as = (user: string, line: string) => root.run("runuser", "-u", user, "--", "sh", "-c", `cd / && ${line}`);
  const succeeds = async (user: string, line: string) => {
    const { code, stderr } = await as(user, line);
    check(code === 0, `${user} cannot run ${line}: ${stderr}`);
  };
  const fails = async (user: string, line: string, why: RegExp) => {
    const { code, stderr } = await as(user, line);
    check(code !== 0 && why.test(stderr), `${user} runs ${line}: exit code ${code}, ${stderr}`);
  };
  const count = "sqlite3 /var/lib/bgpd/bgpd.db 'SELECT count(*) FROM rib'";
  for (const line of ["bgpd-sql show summary", "bgpd-sql peer list", count]) await succeeds("alice", line);
  await fails("alice", "bgpd-sql announce 203.0.113.0/24", /may only read/);
  await fails("bob", "bgpd-sql peer list", /permission denied/i);
  await fails("bob", count, /unable to open|readonly|permission/i);
  await root.sh("systemctl stop bgpd");
  await succeeds("alice", count);
  await succeeds("alice", "bgpd-sql show routes 0.0.0.0/0 || true");
  await fails("bob", count, /unable to open|readonly|permission/i);
  await root.sh("systemctl start bgpd");
}

/** A drop-in makes the watchdog short, and a process that hangs is replaced. */
async function hang({ root, check }: Trial): Promise<void> {
  const folder = `${root.folder}/etc/systemd/system/bgpd.service.d`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/short.conf`, "[Service]\nWatchdogSec=4s\nRestartSec=1s\n");
  await root.sh("systemctl daemon-reload && systemctl restart bgpd");
  await sleep(10_000);
  check(await root.property("bgpd", "NRestarts") === "0", "the watchdog ends a daemon that works");
  await root.sh(`kill -STOP ${await root.property("bgpd", "MainPID")}`);
  await waitFor("another start", async () => await root.property("bgpd", "NRestarts") === "1");
  await waitFor("bgpd", async () => await root.property("bgpd", "ActiveState") === "active");
  check(/watchdog/i.test(await root.sh("journalctl -u bgpd")), "the journal does not name the watchdog");
}

async function kill({ root, check }: Trial): Promise<void> {
  const before = await root.property("bgpd", "MainPID");
  await root.sh(`kill -KILL ${before}`);
  await waitFor("another process", async () => {
    const [state, pid] = [await root.property("bgpd", "ActiveState"), await root.property("bgpd", "MainPID")];
    return state === "active" && pid !== before;
  });
  check(Number(await root.sh("cd / && bgpd-sql sql 'SELECT count(*) FROM rib' | tail -1")) > 0, "the routes are lost");
}

/** What root leaves behind after a run by hand does not keep the service from starting. */
async function runByRoot({ root, check }: Trial): Promise<void> {
  await root.sh("systemctl stop bgpd; cd / && timeout -s TERM 5 bgpd-sql run; systemctl reset-failed bgpd; true");
  const owner = await root.sh("stat -c %U /var/lib/bgpd/bgpd.db.lock");
  check(owner === "root", "the run by root left no file of root: the step tests nothing");
  await root.sh("systemctl start bgpd");
  check(await root.property("bgpd", "NRestarts") === "0", "bgpd does not start after root ran it");
}

/** A daemon without disk says so and goes on: a restart would not help. */
async function fullDisk({ root, check, measured }: Trial): Promise<void> {
  await root.sh("systemctl stop bgpd && mkdir /root/kept && cp -a /var/lib/bgpd/. /root/kept/");
  await root.sh("mount -t tmpfs -o size=24m,mode=751,uid=bgpd,gid=bgpd tmpfs /var/lib/bgpd");
  await root.sh("systemctl start bgpd && systemctl reset-failed bgpd");
  const before = await root.property("bgpd", "MainPID");
  await root.run("sh", "-c", "cat /dev/zero > /var/lib/bgpd/fill");
  const status = () => root.property("bgpd", "StatusText");
  measured.fullDisk = await waitFor("the status", async () => /cannot be written/.test(await status()) && status());
  await sleep(15_000);
  check(await root.property("bgpd", "MainPID") === before, "a full disk restarts bgpd");
  await root.sh("rm /var/lib/bgpd/fill");
  await waitFor("a database that is written again", async () => !/cannot be written/.test(await status()));
  await root.sh("systemctl stop bgpd && umount /var/lib/bgpd && rm -r /etc/systemd/system/bgpd.service.d");
  await root.sh("systemctl daemon-reload");
}

/** An older database under a running daemon; the package restarts it. */
async function upgrade({ root, packages, check, measured }: Trial): Promise<void> {
  const row = "INSERT INTO announcements(prefix, next_hop) VALUES('203.0.113.0/24', '192.0.2.1')";
  await root.sh(`sqlite3 /root/old.db "${row}" && rm -f /var/lib/bgpd/bgpd.db*`);
  await root.sh("install -o bgpd -g bgpd -m 0640 /root/old.db /var/lib/bgpd/bgpd.db && systemctl start bgpd");
  const before = await root.property("bgpd", "MainPID");
  await root.sh("echo '# a change of the operator' >> /etc/bgpd/bgpd.toml");
  await root.sh(`dpkg -i ${packages[1]}`);
  check(await root.property("bgpd", "ActiveState") === "active", "the upgrade stopped bgpd");
  check(await root.property("bgpd", "MainPID") !== before, "the upgrade did not restart bgpd");
  check(await root.sh("systemctl is-enabled bgpd") === "enabled", "the upgrade disabled bgpd");
  check((await root.sh("tail -1 /etc/bgpd/bgpd.toml")).includes("operator"), "the upgrade replaced the configuration");
  const query = "SELECT prefix FROM announcements; PRAGMA user_version";
  measured.upgraded = await root.sh(`sqlite3 -cmd '.timeout 5000' /var/lib/bgpd/bgpd.db "${query}"`);
  check(
    /^203\.0\.113\.0\/24\n[6-9]/.test(String(measured.upgraded)),
    `the database after the upgrade: ${measured.upgraded}`,
  );
}

/** An enabled daemon starts with the machine. */
async function bootAgain(trial: Trial): Promise<void> {
  await trial.root[Symbol.asyncDispose]();
  trial.root = await CleanRoot.boot(trial.root.folder);
  trial.check(await trial.root.property("bgpd", "ActiveState") === "active", "bgpd does not start at boot");
  const stop = await trial.root.sh("journalctl -u bgpd -b -1 -o cat | tail -3");
  trial.check(/Stopped bgpd\.service/.test(stop), `bgpd did not stop properly: ${stop}`);
}

async function remove({ root, check }: Trial): Promise<void> {
  await root.sh("dpkg -r bgpd-sql");
  check(await root.sh("pgrep -u bgpd; true") === "", "bgpd runs after its removal");
  await root.sh("test -s /var/lib/bgpd/bgpd.db && test -s /etc/bgpd/bgpd.toml");
  check((await root.run("systemctl", "cat", "bgpd")).code !== 0, "the unit is left");
}

async function purge({ root, packages, check }: Trial): Promise<void> {
  await root.sh("dpkg -P bgpd-sql");
  const places = "find / -xdev -path /proc -prune -o -path /sys -prune -o -name '*bgpd*' -print";
  // What belongs to openbgpd and frr, caches of man and systemd, and the packages of this trial.
  const others =
    /openbgpd|frr|^\/usr\/sbin\/bgpd$|man8\/bgpd|man5\/bgpd\.conf|^\/(?:root|var\/cache|var\/lib\/systemd)\//;
  const own = (await root.sh(places)).split("\n").filter((path) => !others.test(path));
  check(own.join() === "", `left after purge: ${own.join(", ")}`);
  await root.sh(`dpkg -i ${packages[1]}`);
  check(await root.sh("systemctl is-enabled bgpd; true") === "disabled", "purge forgot nothing: bgpd is enabled");
  await root.sh("dpkg -P bgpd-sql");
}
