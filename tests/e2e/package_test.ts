/**
 * The packages without a clean Debian: the .deb and the tarball are unpacked, and bgpd runs from them as another user,
 * without an environment, without a network and on a read-only tree. `deno task soak package` installs the .deb.
 */
import assert from "node:assert/strict";
import { configHead } from "../support/config_text.ts";
import { buildPackages, projectFolder } from "../support/packages.ts";
import { findProgram, Process, run } from "../support/process.ts";

const user = 64_104;
const able = findProgram("dpkg-deb") !== undefined && findProgram("unshare") !== undefined &&
  (await run("unshare", ["--net", "--mount", "setpriv", `--reuid=${user}`, "--clear-groups", "true"])).code === 0;
if (!able) console.warn("skipped: tests of packages need dpkg-deb, namespaces and other users");

/**
 * A command that nothing around it helps: no network but a loopback, a user without a home, a read-only file system
 * except one folder.
 */
function alone(writable: string, ...command: string[]): string[] {
  const setUp = [
    "ip link set lo up",
    `mount --bind ${writable} ${writable}`,
    "mount -o remount,ro,bind /",
    `exec setpriv --reuid=${user} --regid=${user} --clear-groups env -i PATH=/usr/bin:/bin "$@"`,
  ];
  return ["unshare", "--net", "--mount", "sh", "-ec", setUp.join("\n"), "sh", ...command];
}

async function answer(writable: string, ...command: string[]) {
  const [program, ...args] = alone(writable, ...command);
  return await run(program!, args, { cwd: writable });
}

/** Starts bgpd, asks it and stops it. */
async function tryProgram(program: string, folder: string): Promise<void> {
  const writable = `${folder}/state`;
  await Deno.mkdir(writable);
  await Deno.chown(writable, user, user);
  await Deno.writeTextFile(
    `${folder}/bgpd.toml`,
    configHead({ address: "127.0.0.1", port: 1179 }) + `database = "${writable}/bgpd.db"\n`,
  );
  const check = await answer(writable, program, "check", `${folder}/bgpd.toml`);
  assert.equal(check.code, 0, check.stderr);
  const [wrapper, ...args] = alone(writable, program, `${folder}/bgpd.toml`);
  const daemon = new Process(wrapper!, { args, cwd: writable });
  try {
    await daemon.waitForLine(/listening on 127\.0\.0\.1:1179/);
    const asked = await answer(writable, program, "peer", "list", "-c", `${folder}/bgpd.toml`);
    assert.deepEqual([asked.code, asked.stderr], [0, "no peers are configured\n"], asked.stdout);
    const summary = await answer(writable, program, "show", "summary", "-c", `${folder}/bgpd.toml`);
    assert.match(summary.stdout, new RegExp(`^bgpd \\S+, pid ${daemon.pid}`), summary.stderr);
  } finally {
    daemon.signal("SIGTERM");
    assert.equal(await daemon.end(), 0, daemon.log());
  }
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-package-test-" });
  try {
    await Deno.chmod(folder, 0o755);
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "the .deb: bgpd runs from it without network, HOME and writable files, and it has what a package needs",
  ignore: !able,
  fn: () =>
    inFolder(async (folder) => {
      const [path] = await buildPackages(`${folder}/build`, "--deb");
      const tree = `${folder}/tree`;
      const unpacked = await run("dpkg-deb", ["-R", path!, tree]);
      assert.equal(unpacked.code, 0, unpacked.stderr);
      await Deno.chmod(tree, 0o755);
      await tryProgram(`${tree}/usr/bin/bgpd`, folder);
      // Root, too, leaves nothing: the runtime would keep its cache where it can make a folder.
      const top = () => Array.from(Deno.readDirSync("/"), ({ name }) => name).sort();
      const before = top();
      assert.equal((await run(`${tree}/usr/bin/bgpd`, ["--version"])).code, 0);
      assert.deepEqual(top(), before);
      assert.equal(await Deno.readLink(`${tree}/usr/bin/bgpd-sql`), "bgpd");
      const expected = ["man1/bgpd.1.gz", "man1/bgpd-sql.1.gz", "man5/bgpd.toml.5.gz", "man7/bgpd-sql.7.gz"]
        .map((page) => `usr/share/man/${page}`);
      const completions = ["bash-completion/completions/bgpd", "zsh/vendor-completions/_bgpd"]
        .map((file) => `usr/share/${file}`);
      const units = ["bgpd.service", "bgpd-web.service"].map((unit) => `lib/systemd/system/${unit}`);
      const others = ["usr/lib/sysusers.d/bgpd.conf", "etc/bgpd/bgpd.toml"];
      for (const file of [...expected, ...completions, ...units, ...others]) {
        await Deno.stat(`${tree}/${file}`);
      }
      for (const script of ["postinst", "prerm", "postrm"]) {
        const { code, stderr } = await run("sh", ["-n", `${tree}/DEBIAN/${script}`]);
        assert.equal(code, 0, stderr);
      }
      const sums = await run("sh", ["-c", `cd ${tree} && md5sum --quiet -c DEBIAN/md5sums`]);
      assert.equal(sums.code, 0, sums.stdout);
    }),
});

Deno.test({
  name: "the tarball: bgpd runs from any folder, also through a symbolic link",
  ignore: !able,
  fn: () =>
    inFolder(async (folder) => {
      const [path] = await buildPackages(`${folder}/build`, "--tarball");
      const { code, stderr } = await run("tar", ["-C", folder, "-xzf", path!]);
      assert.equal(code, 0, stderr);
      const [name] = Array.from(Deno.readDirSync(folder), ({ name }) => name).filter((name) => /^bgpd-\d/.test(name));
      await Deno.symlink(`${folder}/${name}/bin/bgpd-sql`, `${folder}/link`);
      await tryProgram(`${folder}/link`, folder);
    }),
});

const units = [["bgpd.service", "30"], ["bgpd-web.service", "25"]] as const;

for (const [name, threshold] of units) {
  Deno.test({
    name: `${name} has no mistakes, and its exposure is at most ${Number(threshold) / 10}`,
    ignore: findProgram("systemd-analyze") === undefined,
    fn: () =>
      inFolder(async (folder) => {
        const unit = await Deno.readTextFile(`${projectFolder}packaging/${name}`);
        // Without the package neither its program nor its manual pages are here.
        const here = unit.replaceAll("/usr/bin/bgpd ", "/bin/true ").replace(/^Documentation=.*\n/m, "");
        await Deno.writeTextFile(`${folder}/${name}`, here);
        const verified = await run("systemd-analyze", ["verify", `${folder}/${name}`]);
        assert.deepEqual([verified.code, verified.stderr], [0, ""]);
        const args = ["security", "--offline=true", `--threshold=${threshold}`, `${folder}/${name}`];
        const security = await run("systemd-analyze", args);
        assert.equal(security.code, 0, security.stdout.slice(-200));
      }),
  });
}
