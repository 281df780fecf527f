import assert from "node:assert/strict";
import { parseToml, type TomlNode } from "../../../../src/config/toml/parse.ts";

/** "line:column" of the key and of the value found along a path of keys and indexes. */
function places(text: string, ...path: (string | number)[]): string {
  const { root, errors } = parseToml(text);
  assert.deepEqual(errors, []);
  let node: TomlNode = root!;
  for (const step of path) {
    const next: TomlNode | undefined = node.kind === "table"
      ? node.entries.get(String(step))
      : node.kind === "array"
      ? node.items[Number(step)]
      : undefined;
    assert.ok(next !== undefined, `nothing at ${path.join(".")}`);
    node = next;
  }
  return `${node.keyAt.line}:${node.keyAt.column} ${node.at.line}:${node.at.column}`;
}

Deno.test("a plain key and its value have positions", () => {
  assert.equal(places('\n# comment\n  a  =  "x" # y\n', "a"), "3:3 3:9");
});

Deno.test("Windows line ends do not move positions", () => {
  assert.equal(places("a = 1\r\nb = 2\r\n", "b"), "2:1 2:5");
});

Deno.test("keys of tables, arrays of tables and their sub-tables are found in the right item", () => {
  const text = [
    "[[peers]]", // 1
    'ip = "a"',
    "[[peers.routes]]",
    "p = 1",
    "[[peers.routes]]", // 5
    "p = 2",
    "",
    "[[peers]]",
    'ip = "b"',
    "  [[ peers . routes ]]", // 10
    "  p = 3",
    "[other.table]",
    "x.y = 1",
  ].join("\n");
  assert.equal(places(text, "peers", 0, "ip"), "2:1 2:6");
  assert.equal(places(text, "peers", 0, "routes", 0, "p"), "4:1 4:5");
  assert.equal(places(text, "peers", 0, "routes", 1, "p"), "6:1 6:5");
  assert.equal(places(text, "peers", 1), "8:3 8:3");
  assert.equal(places(text, "peers", 1, "routes", 0, "p"), "11:3 11:7");
  assert.equal(places(text, "other", "table", "x", "y"), "13:3 13:7");
});

Deno.test("items of arrays over several lines, with comments and trailing commas", () => {
  const text = 'a = [ # one ]\n  "x", # two "\n  \'y]\',\n  [1, 2],\n]\nb = 1\n';
  assert.equal(places(text, "a", 0), "2:3 2:3");
  assert.equal(places(text, "a", 1), "3:3 3:3");
  assert.equal(places(text, "a", 2, 1), "4:7 4:7");
  assert.equal(places(text, "b"), "6:1 6:5");
});

Deno.test("inline tables and quoted keys", () => {
  const text = 'a = { "ipv4 unicast" = "both", b.c = 1 }\n\'d e\' = 2\n';
  assert.equal(places(text, "a", "ipv4 unicast"), "1:7 1:24");
  assert.equal(places(text, "a", "b", "c"), "1:34 1:38");
  assert.equal(places(text, "d e"), "2:1 2:9");
});

Deno.test("strings of all four kinds are skipped whole", () => {
  const text = 'a = "\\"#[" \nb = """x\n"y" \\""""\nc = \'\'\'\n[z]\n\'\'\'\nd = 1\n';
  assert.equal(places(text, "c"), "4:1 4:5");
  assert.equal(places(text, "d"), "7:1 7:5");
});

Deno.test("a broken line is reported with its position and does not hide the next one", () => {
  const { root, errors } = parseToml('a = 1\nip = 127.0.0.1\nb = \nc = "x"\nc = 2\n');
  assert.deepEqual(errors.map((error) => error.line), [2, 3, 5]);
  assert.equal(errors[0]!.column, 6);
  assert.equal(errors[0]!.suggestion, 'ip = "127.0.0.1"');
  assert.match(errors[2]!.message, /"c" is written here a second time/);
  assert.equal(root!.entries.get("ip")!.kind, "broken");
  assert.equal(root!.entries.get("a")!.kind, "number");
});

Deno.test("a broken table header ends parsing: what follows belongs to no known table", () => {
  const { root, errors } = parseToml("[[peers]\na = 1\n");
  assert.equal(root, undefined);
  assert.deepEqual(errors.map((error) => error.line), [1]);
});

Deno.test("any broken text gives errors inside the text and never an exception", () => {
  const text = '[[peers]]\nremote_ip = "127.0.0.2"\nlist = ["a", { b = 1 }]\n';
  for (let cut = 0; cut < text.length; cut++) {
    for (const insert of ["", "=", '"', "[", "]", "\n", "\u0000"]) {
      const broken = text.slice(0, cut) + insert + text.slice(cut + 1);
      for (const error of parseToml(broken).errors) {
        assert.ok(error.line >= 1 && error.line <= broken.split("\n").length, JSON.stringify(broken));
      }
    }
  }
});

Deno.test("keys and values that are nested too deeply are a mistake in their line, and no crash", () => {
  for (const deep of [`${"a.".repeat(30_000)}a = 1`, `x = ${"[".repeat(30_000)}${"]".repeat(30_000)}`]) {
    const { errors } = parseToml(`router_id = "1.1.1.1"\n${deep}\n`);
    assert.deepEqual(errors.map(({ line }) => line), [2]);
  }
});
