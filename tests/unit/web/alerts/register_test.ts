/** From looks to messages: what is remembered, sent and written, over restarts, in storms, and without a disk. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type AlertSettings, parseConfig } from "../../../../src/config/mod.ts";
import { AlertMemory, storedAlerts, StoreError } from "../../../../src/store/mod.ts";
import type { Found, Wrong } from "../../../../src/web/alerts/found.ts";
import { AlertRegister, mostMessages } from "../../../../src/web/alerts/register.ts";
import { noon, withFolder } from "../../store/fixture.ts";

function alertsOf(text: string): readonly AlertSettings[] {
  const result = parseConfig(`router_id = "192.0.2.1"\ndefault_as = 65000\n${text}`);
  assert.ok(result.kind === "config", JSON.stringify(result));
  return result.config.alerts;
}

const alert = (more = "") => `[[alerts]]\nname = "a"\nkind = "leak"\nrecovery = 5\n${more}`;
const hook = 'webhooks = "http://hook/secret"\n';

function wrong(subject: string, more: Partial<Wrong> = {}): Wrong {
  return {
    ...{ subject, text: `${subject} is wrong`, since: noon - 1_000, prefix: "10.0.0.0/8", peers: ["p"] },
    ...{ origin: 65010, asPath: "65001 65010", ...more },
  };
}

const found = (...subjects: string[]): Found => ({ wrong: subjects.map((subject) => wrong(subject)), unknown: [] });

class Rig {
  now = 0;
  readonly sent: string[] = [];
  readonly lines: string[] = [];
  readonly warnings: string[] = [];
  readonly memory: AlertMemory;
  readonly register: AlertRegister;
  static #ids = 0;

  constructor(
    path: string,
    text: string,
    answer: () => Promise<{ status: number }> = () => Promise.resolve({ status: 200 }),
  ) {
    this.memory = new AlertMemory(path);
    this.register = new AlertRegister({ alerts: alertsOf(text), memory: this.memory, url: "https://lg", title: "t" }, {
      now: () => noon + this.now,
      monotonic: () => this.now,
      later: () => {},
      newId: () => `id${++Rig.#ids}`,
      send: (url, body) => {
        this.sent.push(`${url} ${body}`);
        return answer();
      },
      readFile: () => "https://from.file/x\n",
      append: (path, line) => void this.lines.push(`${path} ${line}`),
      warn: (text) => void this.warnings.push(text),
    });
  }

  get states(): string[] {
    return this.sent.map((text) => JSON.parse(text.slice(text.indexOf(" ")))).map(({ state, subject, more }) =>
      `${state} ${subject}${more > 0 ? ` +${more}` : ""}`
    );
  }

  /** Lets deliveries end. */
  async settle(): Promise<void> {
    for (let i = 0; i < 200; i++) await Promise.resolve();
  }

  close(): void {
    this.register.close();
    this.memory.close();
  }
}

Deno.test("an alert is remembered, sent and written when it begins and when it ends", () =>
  withFolder(async (folder) => {
    const path = `${folder}/web.db`;
    const rig = new Rig(path, alert(`${hook}webhook_files = "secret"\nfile = "out"\n`));
    rig.register.take("a", found("x"));
    await rig.settle();
    assert.deepEqual(rig.sent.map((text) => text.split(" ")[0]), ["http://hook/secret", "https://from.file/x"]);
    const active = storedAlerts(path, 10)?.active[0];
    assert.deepEqual([active?.subject, active?.since, active?.firedAt, active?.until, active?.delivered], [
      ...["x", noon - 1_000, noon, null, 2],
    ]);
    rig.now = 1_000;
    rig.register.take("a", found());
    rig.now = 6_000;
    assert.equal(rig.register.isWanted("a"), true);
    rig.register.take("a", found());
    await rig.settle();
    assert.deepEqual(rig.states, ["firing x", "firing x", "ended x", "ended x"]);
    assert.deepEqual(storedAlerts(path, 10)?.ended.map(({ until, delivered }) => [until, delivered]), [[
      noon + 6_000,
      4,
    ]]);
    assert.deepEqual(rig.lines.map((line) => line.slice(0, 36)), [
      'out {"version":1,"state":"firing","s',
      'out {"version":1,"state":"ended","so',
    ]);
    assert.deepEqual(rig.register.status, {
      firing: { info: 0, warning: 0, critical: 0 },
      ...{ pending: 0, fired: 1, ended: 1, delivered: 4, failed: 0, waiting: 0, problems: 0 },
    });
    rig.close();
  }));

Deno.test("a restart sends what was not taken, repeats nothing, and ends what is right by then", () =>
  withFolder(async (folder) => {
    const path = `${folder}/web.db`;
    const first = new Rig(path, alert(hook), () => Promise.reject(new Error("down")));
    first.register.take("a", found("x", "y"));
    await first.settle();
    assert.deepEqual(first.states, ["firing x"], "the second message waits for the first one");
    assert.match(first.warnings.join(), /^webhook 1 of "a": down; bgpd web tries again$/);
    first.close();
    const second = new Rig(path, alert(hook));
    second.now = 60_000;
    for (const delivery of second.memory.waiting()) assert.ok(delivery.id > 0);
    second.register.take("a", found("x", "y"));
    assert.equal(second.register.status.firing.warning, 2);
    second.register.take("a", found("x"));
    second.now += 5_000;
    second.register.take("a", found("x"));
    assert.deepEqual(storedAlerts(path, 10)?.active.map(({ subject }) => subject), ["x"]);
    assert.equal(second.register.status.fired, 0);
    second.close();
  }));

Deno.test("what is seen of an alert that goes on is updated without a message", () =>
  withFolder(async (folder) => {
    const path = `${folder}/web.db`;
    const rig = new Rig(path, alert(hook));
    rig.register.take("a", found("x"));
    rig.register.take("a", { wrong: [wrong("x", { text: "two peers", peers: ["p", "q"] })], unknown: [] });
    await rig.settle();
    assert.deepEqual(storedAlerts(path, 1)?.active.map(({ text, peers }) => [text, peers]), [["two peers", [
      "p",
      "q",
    ]]]);
    assert.equal(rig.sent.length, 1);
    rig.close();
  }));

Deno.test("a thousand subjects at once have some messages, and the last says how many have none", () =>
  withFolder(async (folder) => {
    const rig = new Rig(`${folder}/web.db`, alert(`${hook}file = "out"\n`));
    rig.register.take("a", found(...Array.from({ length: 1_000 }, (_, i) => `s${i}`)));
    await rig.settle();
    assert.equal(rig.sent.length, mostMessages);
    assert.equal(rig.states.at(-1), `firing s${mostMessages - 1} +${1_000 - mostMessages}`);
    assert.equal(rig.lines[0]?.trimEnd().split("\n").length, 1_000, "the file has all of them");
    rig.close();
  }));

Deno.test("an alert that is no longer configured ends without a message; problems are of this run", () =>
  withFolder((folder) => {
    const path = `${folder}/web.db`;
    const first = new Rig(path, alert());
    first.register.take("a", found("x"));
    first.register.problem("a", "no such column: y");
    assert.deepEqual(storedAlerts(path, 1)?.problems, [{ name: "a", text: "no such column: y", since: noon }]);
    assert.equal(first.register.status.problems, 1);
    first.close();
    const second = new Rig(path, alert().replace('"a"', '"b"'));
    const { active, ended, problems } = storedAlerts(path, 9)!;
    assert.deepEqual([active.length, ended.length, problems.length], [0, 1, 0]);
    second.close();
  }));

Deno.test("where the memory cannot be written, alerts are sent without it, and the log says so", () =>
  withFolder(async (folder) => {
    const rig = new Rig(`${folder}/web.db`, alert(hook));
    const db = new DatabaseSync(`${folder}/web.db`);
    db.exec("BEGIN IMMEDIATE");
    rig.register.take("a", found("x"));
    db.exec("ROLLBACK");
    db.close();
    await rig.settle();
    assert.deepEqual(rig.states, ["firing x"]);
    assert.match(rig.warnings[0] ?? "", /locked by another process: a restart would not know/);
    rig.close();
  }));

Deno.test("the memory keeps the last thousand ends, and refuses the file of another program", () =>
  withFolder((folder) => {
    const rig = new Rig(`${folder}/web.db`, alert().replace("recovery = 5", "recovery = 0"));
    for (let i = 0; i < 3; i++) {
      rig.now += 1_000;
      rig.register.take("a", found(...Array.from({ length: 500 }, (_, j) => `s${i} ${j}`)));
    }
    rig.now += 1_000;
    rig.register.take("a", found());
    rig.now += 1_000;
    rig.register.take("a", found("z"));
    rig.now += 1_000;
    rig.register.take("a", found());
    const ended = storedAlerts(`${folder}/web.db`, 5_000)?.ended ?? [];
    assert.ok(ended.length <= 1_001 && ended.length >= 500, `${ended.length}`);
    assert.equal(ended[0]?.subject, "z");
    rig.close();
    const other = new DatabaseSync(`${folder}/other.db`);
    other.exec("CREATE TABLE x(y)");
    other.close();
    assert.throws(() => new AlertMemory(`${folder}/other.db`), StoreError);
    assert.equal(storedAlerts(`${folder}/none.db`, 1), undefined);
  }));
