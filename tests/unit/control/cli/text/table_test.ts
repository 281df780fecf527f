import assert from "node:assert/strict";
import { tableLines, type TableRow } from "../../../../../src/control/cli/text/table.ts";
import { formatBytes, formatDuration, plural } from "../../../../../src/control/cli/text/units.ts";

const columns = [{ title: "Neighbor" }, { title: "AS", align: "right" as const }, { title: "State" }];

Deno.test("columns are as wide as their widest cell, two spaces apart, without trailing space", () => {
  const rows: TableRow[] = [
    { cells: ["127.0.0.2", "65000", "Established"] },
    { mark: "*", cells: ["2001:db8::1", "1", "Idle"] },
    { cells: ["x", "", ""] },
  ];
  assert.deepEqual([...tableLines(columns, rows, false)], [
    " Neighbor        AS  State",
    " 127.0.0.2    65000  Established",
    "*2001:db8::1      1  Idle",
    " x",
  ]);
});

Deno.test("text from peers cannot control the terminal; statements keep their lines", () => {
  const rows: TableRow[] = [{ cells: ["\x1b]0;mine\x07", "1", { text: "a\n\u202eb", colour: "dim" }] }];
  const [, line] = [...tableLines(columns, rows, false)];
  assert.equal(line, " \\u001b]0;mine\\u0007   1  a\n\\u202eb");
});

Deno.test("without rows, there are no titles", () => {
  assert.deepEqual([...tableLines(columns, [], false)], []);
});

Deno.test("colour surrounds the padded cell, so that the columns stay aligned", () => {
  const rows: TableRow[] = [{ cells: ["a", "1", { text: "Established", colour: "green" }] }];
  const [title, row] = [...tableLines(columns, rows, true)];
  assert.equal(title, "\x1b[1m Neighbor  AS  State\x1b[0m");
  assert.equal(row, " a          1  \x1b[32mEstablished\x1b[0m");
});

Deno.test("a million rows stream: no more than a sample is read before the first line comes out", () => {
  let made = 0;
  function* rows(): Generator<TableRow> {
    for (; made < 1_000_000; made++) yield { cells: [`n${made}`, "1", "x"] };
  }
  const lines = tableLines(columns, rows(), false);
  lines.next();
  assert.ok(made <= 1000, `${made} rows were read for the title`);
  let count = 0;
  for (const _ of lines) count++;
  assert.equal(count, 1_000_000);
});

Deno.test("a million rows stream to a terminal, too, and no line is wider than it", () => {
  let made = 0;
  function* rows(): Generator<TableRow> {
    for (; made < 200_000; made++) {
      yield { cells: [`n${made}`, "1", "a state that is longer than the terminal is wide"] };
    }
  }
  const lines = tableLines(columns, rows(), false, 40);
  lines.next();
  assert.ok(made <= 1000, `${made} rows were read for the title`);
  let count = 1;
  for (const line of lines) {
    count++;
    assert.ok(line.length <= 40, line);
  }
  assert.ok(count > 200_000);
});

Deno.test("a table that is too wide: empty columns go, then texts become shorter, then columns move below", () => {
  const many = [{ title: "Neighbor", fit: "address" }, { title: "Empty" }, { title: "Path", fit: "path" }, {
    title: "Why",
    fit: "sentence",
  }] as const;
  const rows = [{ cells: ["192.0.2.1", "", "65001 65002 65003 65004 65005", "a reason of some words"] }];
  const at = (width: number) => [...tableLines(many, rows, false, width)];
  assert.deepEqual(at(80), [
    " Neighbor   Empty  Path                           Why",
    " 192.0.2.1         65001 65002 65003 65004 65005  a reason of some words",
  ]);
  assert.deepEqual(at(66), [
    " Neighbor   Path                           Why",
    " 192.0.2.1  65001 65002 65003 65004 65005  a reason of some words",
  ]);
  assert.deepEqual(at(50), [
    " Neighbor  Path             Why",
    " 192.0.2.1 65001 … 65005    a reason of some words",
  ]);
  assert.deepEqual(at(30), [
    " Neighbor  Path",
    " 192.0.2.1 65001 65002 … 65005",
    "    Why: a reason of some",
    "    words",
  ]);
});

Deno.test("a row with a text in a column that was left out begins a new layout with new titles", () => {
  const rows = [{ cells: ["192.0.2.1", "", "x"] }, { cells: ["192.0.2.2", "65001", "y"] }];
  function* later(): Generator<TableRow> {
    for (let i = 0; i < 1000; i++) yield rows[0]!;
    yield rows[1]!;
  }
  const lines = [...tableLines([{ title: "Neighbor" }, { title: "A long title" }, { title: "B" }], later(), false, 20)];
  assert.deepEqual(lines[0], " Neighbor   B");
  assert.deepEqual(lines.slice(-6), [
    "",
    " Neighbor",
    " 192.0.2.2",
    "    A long title:",
    "    65001",
    "    B: y",
  ]);
});

Deno.test("a longer text further down begins a new layout while the terminal has room", () => {
  const columns = [{ title: "Name of the peer", short: "Peer" }, { title: "Empty column" }, { title: "State" }];
  function* rows(name: string): Generator<TableRow> {
    for (let i = 0; i < 1000; i++) yield { cells: ["a", "", "Idle"] };
    yield { cells: [name, "", "Idle"] };
  }
  const last = (name: string) => [...tableLines(columns, rows(name), false, 30)].slice(-3);
  assert.deepEqual(last("a name of 18 chars"), ["", " Name of the peer    State", " a name of 18 chars  Idle"]);
  assert.deepEqual(last("a name that is longer than that").at(-1), " a name that is longer … Idle");
});

Deno.test("durations as routers print them", () => {
  assert.equal(formatDuration(0), "00:00:00");
  assert.equal(formatDuration(78_999), "00:01:18");
  assert.equal(formatDuration(86_399_000), "23:59:59");
  assert.equal(formatDuration(93_780_000), "1d02h03m");
  assert.equal(formatDuration((7 * 24 + 16) * 3_600_000), "01w0d16h");
  assert.equal(formatDuration(-5), "00:00:00");
});

Deno.test("sizes and counts", () => {
  assert.equal(formatBytes(512), "512 B");
  assert.equal(formatBytes(1_258_291), "1.2 MiB");
  assert.equal(plural(1, "peer"), "1 peer");
  assert.equal(plural(0, "peer"), "0 peers");
});
