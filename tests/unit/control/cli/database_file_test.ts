/** Where a command finds its database and its configuration if the command line does not name them. */
import assert from "node:assert/strict";
import { CommandError, Input } from "../../../../src/control/cli/command.ts";
import { configPath, databasePath } from "../../../../src/control/cli/database_file.ts";
import { fakeIo } from "./fake_io.ts";

interface Lab {
  /** The current folder; empty at first. */
  readonly folder: string;
  /** The file that stands for `/etc/bgpd/bgpd.toml`; not there at first. */
  readonly system: string;
  write(name: string, text: string): void;
  database(options?: Record<string, string>, config?: string): Promise<string>;
  config(named?: string, config?: string): string;
}

async function inLab(work: (lab: Lab) => Promise<void>): Promise<void> {
  const root = Deno.makeTempDirSync({ prefix: "bgpd-test-" });
  const folder = `${root}/here`, system = `${root}/etc/bgpd.toml`;
  Deno.mkdirSync(folder);
  Deno.mkdirSync(`${root}/etc`);
  const io = (config?: string) => fakeIo({ places: { folder, config, systemConfig: system } });
  try {
    await work({
      folder,
      system,
      write: (name, text) => Deno.writeTextFileSync(name, text),
      database: (options = {}, config) => databasePath(new Input([], Object.entries(options)), io(config)),
      config: (named, config) => configPath(named, io(config)),
    });
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

const configOf = (database: string) => `router_id = "1.1.1.1"\ndatabase = "${database}"\n`;

async function refusal(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof CommandError) return error.message;
    throw error;
  }
  return assert.fail("nothing was refused");
}

Deno.test("the database: --database, --config, BGPD_CONFIG, ./bgpd.db, /etc/bgpd/bgpd.toml, in this order", () =>
  inLab(async ({ folder, system, write, database }) => {
    write(system, configOf("/var/lib/bgpd/bgpd.db"));
    assert.equal(await database(), "/var/lib/bgpd/bgpd.db");
    write(`${folder}/bgpd.db`, "");
    assert.equal(await database(), `${folder}/bgpd.db`);
    write(`${folder}/env.toml`, configOf("/env.db"));
    assert.equal(await database({}, "env.toml"), "/env.db");
    write(`${folder}/named.toml`, configOf("sub/named.db"));
    assert.equal(await database({ config: "named.toml" }, "env.toml"), `${folder}/sub/named.db`);
    assert.equal(await database({ config: "named.toml", database: "d.db" }, "env.toml"), `${folder}/d.db`);
  }));

Deno.test("without a database, the message names every place that was tried, and what to type", () =>
  inLab(async ({ folder, system, database, config }) => {
    assert.equal(
      await refusal(() => database()),
      `found no database: BGPD_CONFIG is not set, and there is neither ${folder}/bgpd.db nor ${system}; ` +
        "name a configuration with -c CONFIG or a database with -d DATABASE",
    );
    assert.equal(
      await refusal(() => database({}, "lost.toml")),
      `cannot read ${folder}/lost.toml: there is no such file; BGPD_CONFIG names this file`,
    );
    assert.equal(
      await refusal(() => config(undefined, "lost.toml")),
      `there is no ${folder}/lost.toml; BGPD_CONFIG names this file`,
    );
  }));

Deno.test("errors elsewhere in a configuration do not hide its database: the reader of an outage needs it", () =>
  inLab(async ({ folder, system, write }) => {
    const of = (text: string) => {
      write(system, text);
      const io = fakeIo({ places: { folder, config: undefined, systemConfig: system } });
      return { io, path: () => databasePath(new Input([], []), io) };
    };
    const typo = of(`${configOf("/var/lib/bgpd/bgpd.db")}[[peers]]\nremote_ip = 1\nhold_tmer = 3\n`);
    assert.equal(await typo.path(), "/var/lib/bgpd/bgpd.db");
    assert.deepEqual(typo.io.messages, [`${system} has 3 errors; see bgpd check ${system}`]);
    assert.equal(await of('router_id = "1.1.1.1"\nhold_timer = \n').path(), `${folder}/bgpd.db`, "the default");
    const broken = of("database = \n");
    assert.equal(await refusal(broken.path), `${system} has errors; -d DATABASE names the database without it`);
    assert.match(broken.io.messages.join("\n"), /bgpd\.toml:1:\d+: /);
  }));

Deno.test("the configuration: the named one, BGPD_CONFIG, ./bgpd.toml, /etc/bgpd/bgpd.toml, in this order", () =>
  inLab(async ({ folder, system, write, config }) => {
    assert.match(
      await refusal(() => config()),
      /^found no configuration: BGPD_CONFIG is not set, and there is neither /,
    );
    write(system, "");
    assert.equal(config(), system);
    write(`${folder}/bgpd.toml`, "");
    assert.equal(config(), `${folder}/bgpd.toml`);
    write(`${folder}/env.toml`, "");
    assert.equal(config(undefined, "env.toml"), `${folder}/env.toml`);
    assert.equal(config("named.toml", "env.toml"), "named.toml");
  }));
