/** main.ts as a process: standard output, standard error and exit code as a shell sees them. */
import assert from "node:assert/strict";
import { permissionFlags } from "../../../../tools/permissions.ts";
import { smallDatabase } from "./small_database.ts";
import denoConfig from "../../../../deno.json" with { type: "json" };

const main = new URL("../../../../main.ts", import.meta.url).pathname;

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly messages: string;
}

function bgpd(cwd: string, ...args: string[]): Promise<Ended> {
  return bgpdWith({}, cwd, ...args);
}

async function bgpdWith(env: Record<string, string>, cwd: string, ...args: string[]): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", ...permissionFlags, main, ...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, output: text(stdout), messages: text(stderr) };
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("--version prints the version of deno.json", () =>
  inFolder(async (folder) => {
    assert.deepEqual(await bgpd(folder, "--version"), { code: 0, output: `${denoConfig.version}\n`, messages: "" });
  }));

Deno.test("check prints every error with file, line, column, caret and suggestion; exit code 1", () =>
  inFolder(async (folder) => {
    const text = [
      'router_id = "1.1.1.1"',
      "default_as = 65000",
      "[[peers]]",
      "remote_ip = 127.0.0.2",
      "remote_as = 0",
      "hold_timer = 2",
      'familes = ["ipv4 unicast"]',
      "[[peers.static_routes]]",
      'prefix = "9.9.9.9/24"',
    ];
    await Deno.writeTextFile(`${folder}/x.toml`, text.join("\n"));
    const { code, output, messages } = await bgpd(folder, "check", "x.toml");
    assert.deepEqual([code, output], [1, ""]);
    const places = [...messages.matchAll(/^x\.toml:(\d+):(\d+): /gm)].map((match) => `${match[1]}:${match[2]}`);
    assert.deepEqual(places, ["4:13", "5:13", "6:14", "7:1", "9:10"]);
    assert.match(messages, /^ {3}7 \| familes = \["ipv4 unicast"\]\n {5}\| \^\n {5}= did you mean families\?$/m);
    assert.match(messages, /bgpd: x\.toml has 5 errors\n$/);
    const json = await bgpd(folder, "check", "--json", "x.toml");
    assert.equal(json.code, 1);
    assert.equal(JSON.parse(json.output).errors.length, 5);
  }));

Deno.test("check prints one line for a valid file, and the reason for a missing one", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(
      `${folder}/x.toml`,
      'router_id = "1.1.1.1"\nbgp_socket = "0.0.0.0:11790"\n[[peers]]\nremote_ip = "10.0.0.0/8"\nlocal_as = 1\n',
    );
    assert.deepEqual(await bgpd(folder, "check", "x.toml"), { code: 0, output: "config ok: 1 peer\n", messages: "" });
    assert.deepEqual(await bgpd(folder, "check", "y.toml"), {
      code: 1,
      output: "",
      messages: `bgpd: cannot read ${folder}/y.toml: there is no such file; write one with bgpd init\n`,
    });
    const keys = await bgpd(folder, "check", "--keys");
    assert.equal(keys.code, 0);
    assert.match(
      keys.output,
      /^ hold_timer .*[^]*?seconds, 0 or 3 to 65535; default 90; a change resets the session$/m,
    );
  }));

Deno.test("COLUMNS is the width of help where there is no terminal", () =>
  inFolder(async (folder) => {
    const longest = async (columns: string) => {
      const { output } = await bgpdWith({ COLUMNS: columns }, folder, "show", "--help");
      return Math.max(...output.split("\n").map((line) => line.length));
    };
    assert.ok(await longest("70") <= 70);
    assert.ok(await longest("110") > 100);
    assert.ok(await longest("wide") <= 100);
  }));

Deno.test("BGPD_CONFIG and bgpd.toml in the current folder stand for a configuration that is not named", () =>
  inFolder(async (folder) => {
    const config = 'router_id = "1.1.1.1"\nbgp_socket = "127.0.0.1:11790"\ndatabase = "x.db"\n';
    await Deno.writeTextFile(`${folder}/bgpd.toml`, config);
    assert.equal((await bgpd(folder, "check")).output, "config ok: 0 peers\n");
    await Deno.mkdir(`${folder}/elsewhere`);
    const there = `${folder}/elsewhere/other.toml`;
    await Deno.writeTextFile(there, `${config}hold_timer = 2\n`);
    const checked = await bgpdWith({ BGPD_CONFIG: there }, folder, "check");
    assert.equal(checked.code, 1);
    assert.ok(checked.messages.startsWith(`${there}:4:1: `), checked.messages);
    await Deno.writeTextFile(there, config);
    assert.deepEqual(await bgpdWith({ BGPD_CONFIG: there }, folder, "show", "peers"), {
      code: 1,
      output: "",
      messages:
        `bgpd: there is no database ${folder}/x.db: a running bgpd creates it (${there} names this database as x.db, ` +
        `relative to the current folder)\n`,
    });
  }));

Deno.test("wrong usage is exit code 2; a configuration with errors does not start, exit code 1", () =>
  inFolder(async (folder) => {
    assert.equal((await bgpd(folder, "-p", "x", "bgpd.toml")).code, 2);
    assert.equal((await bgpd(folder)).code, 2);
    await Deno.writeTextFile(`${folder}/bgpd.toml`, "router_id = 5\n");
    const { code, messages } = await bgpd(folder, "-p", "1179", "bgpd.toml");
    assert.equal(code, 1);
    assert.match(messages, /bgpd\.toml:1:13: router_id must be/);
    assert.deepEqual(await bgpd(folder, "missing.toml"), {
      code: 1,
      output: "",
      messages: `bgpd: cannot read ${folder}/missing.toml: there is no such file; write one with bgpd init\n`,
    });
    assert.match((await bgpd(folder, "history")).messages, /no such file, and no such command; see bgpd --help\n$/);
  }));

Deno.test("show and sql read bgpd.db of the current folder, results on standard output", () =>
  inFolder(async (folder) => {
    const daemon = smallDatabase(`${folder}/bgpd.db`);
    daemon.close();
    const sql = await bgpd(folder, "sql", "SELECT prefix, next_hop FROM rib WHERE family = 'ipv6 unicast'");
    assert.deepEqual(sql, { code: 0, output: "2001:db8:1::/48|2001:db8::2\n", messages: "" });
    const routes = await bgpd(folder, "show", "routes", "198.51.100.200");
    assert.deepEqual([routes.code, routes.messages], [0, ""]);
    assert.match(routes.output, /^IPv4 \/ Unicast\n[^]*198\.51\.100\.128\/25/);
  }));

Deno.test("a reader that ends (| head) ends a command quietly", () =>
  inFolder(async (folder) => {
    smallDatabase(`${folder}/bgpd.db`).close();
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-check", ...permissionFlags, main, "sql"],
        "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < 3000000) SELECT x FROM c",
      ],
      cwd: folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reader = process.stdout.getReader();
    await reader.read();
    await reader.cancel();
    const messages = await new Response(process.stderr).text();
    assert.deepEqual([(await process.status).code, messages], [0, ""]);
  }));
