/** `include`: which files belong to a configuration, and what their tables come to together. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  collectFiles,
  type ConfigFiles,
  formatErrorOf,
  parseConfig,
  parseFiles,
  storedFiles,
  storedText,
} from "../../../../src/config/mod.ts";
import { parsedConfig } from "../../../support/config_text.ts";
import { seed } from "../../../support/seed.ts";

/** Texts by path. A path that ends in a slash is a folder that may not be read. */
type Disk = Readonly<Record<string, string>>;

const clean = (path: string) => path.split("/").filter((part) => part !== ".").join("/");

/** Collects the files of `bgpd.toml` from a disk that is an object. */
function collect(disk: Disk, main = "bgpd.toml"): ConfigFiles {
  const work = collectFiles(main);
  for (let step = work.next();;) {
    if (step.done === true) {
      assert.ok(step.value.kind === "files", JSON.stringify(step.value));
      return step.value.files;
    }
    const request = step.value;
    if (request.kind === "read") {
      const path = clean(request.path);
      const text = disk[path];
      step = work.next(
        text === undefined
          ? { kind: "failed", reason: "there is no such file", isMissing: true }
          : { kind: "text", text, identity: path },
      );
      continue;
    }
    const folder = clean(request.folder).replace(/\/$/, "");
    if (disk[`${folder}/`] !== undefined) {
      step = work.next({ kind: "failed", reason: "permission denied", isMissing: false });
      continue;
    }
    const rests = Object.keys(disk).filter((path) => folder === "" || path.startsWith(`${folder}/`))
      .map((path) => folder === "" ? path : path.slice(folder.length + 1));
    const entries = [...new Set(rests.map((rest) => rest.split("/")[0]!))]
      .map((name) => ({ name, isFolder: rests.some((rest) => rest.startsWith(`${name}/`)) })).toReversed();
    step = work.next(
      entries.length === 0
        ? { kind: "failed", reason: "there is no such file", isMissing: true }
        : { kind: "entries", entries },
    );
  }
}

function paths(disk: Disk, main?: string): string[] {
  return collect(disk, main).files.map(({ path }) => path);
}

/** `file:line: message` of every error and warning, in their order. */
function notes(disk: Disk): string[] {
  const result = parseFiles(collect(disk));
  const list = result.kind === "errors" ? result.errors : result.warnings;
  return list.map(({ file, line, message }) => `${file}:${line}: ${message}`);
}

const head = 'router_id = "1.1.1.1"\ndefault_as = 65000\n';
const peer = (address: string, more = "") => `[[peers]]\nremote_ip = "${address}"\nremote_as = 65001\n${more}`;

Deno.test("include reads the files that match, sorted by name; hidden files, backups and folders are left out", () => {
  const disk = {
    "bgpd.toml": 'include = ["peers/*.toml", "more.toml"]\n' + head,
    "peers/b.toml": "",
    "peers/a.toml": "",
    "peers/.a.toml.swp": "",
    "peers/.hidden.toml": "",
    "peers/a.toml~": "",
    "peers/old.toml/x": "",
    "more.toml": "",
  };
  assert.deepEqual(paths(disk), ["bgpd.toml", "peers/a.toml", "peers/b.toml", "more.toml"]);
});

Deno.test("include is relative to the folder of the file that names it; an absolute path is not", () => {
  const disk = {
    "etc/bgpd.toml": 'include = "sites/*/site.toml"\n' + head,
    "etc/sites/fra/site.toml": 'include = ["./peers.toml", "/srv/sets.toml"]',
    "etc/sites/fra/peers.toml": "",
    "etc/sites/ber/site.toml": "",
    "etc/sites/old/other.toml": "",
    "/srv/sets.toml": "",
  };
  assert.deepEqual(paths(disk, "etc/bgpd.toml"), [
    "etc/bgpd.toml",
    "etc/sites/ber/site.toml",
    "etc/sites/fra/site.toml",
    "etc/sites/fra/peers.toml",
    "/srv/sets.toml",
  ]);
});

Deno.test("patterns have *, ? and sets of characters; a folder above may have any name", () => {
  const names = ["a1", "a2", "b1", "a-", "a10"];
  const disk = (pattern: string) => ({
    "x[1]/bgpd.toml": `include = "${pattern}"`,
    ...Object.fromEntries(names.map((name) => [`x[1]/${name}`, ""])),
  });
  const matches = (pattern: string) =>
    paths(disk(pattern), "x[1]/bgpd.toml").slice(1).map((path) => path.replace("x[1]/", ""));
  assert.deepEqual(matches("a?"), ["a-", "a1", "a2"]);
  assert.deepEqual(matches("[!a]1"), ["b1"]);
  assert.deepEqual(matches("[a-b][2-9]"), ["a2"]);
  assert.deepEqual(matches("a*0"), ["a10"]);
  assert.deepEqual(matches("[z-a]*"), []);
});

Deno.test("a missing file or folder is an error, a pattern that matches nothing a warning, each with its place", () => {
  assert.deepEqual(notes({ "bgpd.toml": head + 'include = ["x.toml", "peers/*.toml"]' }), [
    "bgpd.toml:3: cannot read x.toml: there is no such file; correct include",
    "bgpd.toml:3: there is no folder peers/; create it, or correct include",
  ]);
  assert.deepEqual(notes({ "bgpd.toml": head + 'include = "peers/*.toml"', "peers/README": "" }), [
    'bgpd.toml:3: "peers/*.toml" matches no file in peers/',
  ]);
  assert.deepEqual(notes({ "bgpd.toml": head + 'include = "peers/*.toml"', "peers/": "" }), [
    "bgpd.toml:3: cannot read the folder peers/: permission denied",
  ]);
  assert.deepEqual(notes({ "bgpd.toml": head + 'include = "**/*.toml"' }), [
    'bgpd.toml:3: "**/*.toml": ** is not known here; write a * for each level of folders',
  ]);
});

Deno.test("a file that includes itself over others is an error that names the circle; a file is read once", () => {
  const disk = {
    "bgpd.toml": 'include = ["a/1.toml", "a/*.toml"]\n' + head,
    "a/1.toml": 'include = "2.toml"',
    "a/2.toml": '# comment\ninclude = "1.toml"',
  };
  assert.deepEqual(notes(disk), ["a/2.toml:2: a/1.toml includes itself: a/1.toml → a/2.toml → a/1.toml"]);
  const { "a/2.toml": _, ...others } = disk;
  assert.deepEqual(paths({ ...others, "a/2.toml": "" }), ["bgpd.toml", "a/1.toml", "a/2.toml"]);
});

Deno.test("files include each other eight deep, and no deeper", () => {
  const chain = (length: number) => ({
    "bgpd.toml": 'include = "1.toml"\n' + head,
    ...Object.fromEntries(
      Array.from({ length }, (_, i) => [`${i + 1}.toml`, i + 1 < length ? `include = "${i + 2}.toml"` : ""]),
    ),
  });
  assert.deepEqual(notes(chain(8)), []);
  assert.deepEqual(notes(chain(9)), ["8.toml:1: files include each other more than 8 deep"]);
});

Deno.test("an error in an included file says file, line and column, and shows the line of that file", () => {
  const files = collect({
    "bgpd.toml": `include = "peers/*.toml"\n${head}hold_tmer = 5\n`,
    "peers/a.toml": peer("10.0.0.1", "hold_tmer = 90\n"),
    "peers/b.toml": "\n\n[[peers]]\nremote_ip = 5\n",
  });
  const result = parseFiles(files);
  assert.ok(result.kind === "errors");
  assert.deepEqual(result.errors.map(({ file, line }) => `${file}:${line}`), [
    "bgpd.toml:4",
    "peers/a.toml:4",
    "peers/b.toml:4",
  ]);
  assert.equal(
    formatErrorOf(result.errors[1]!, files.files),
    [
      'peers/a.toml:4:1: unknown key "hold_tmer" in [[peers]]',
      "   4 | hold_tmer = 90",
      "     | ^",
      "     = did you mean hold_timer?",
    ].join("\n"),
  );
});

Deno.test("syntax errors of all files are listed, and no errors that come from a file that could not be read", () => {
  const found = notes({
    "bgpd.toml": `include = "*/*.toml"\n${head}router_id == 5\n`,
    "peers/a.toml": peer("10.0.0.1", 'group = "lab"\nhold_timer = ninety\n'),
    "peers/b.toml": "[[groups]\nname = 5",
  });
  assert.deepEqual(found.map((note) => note.split(":").slice(0, 2).join(":")), [
    "bgpd.toml:4",
    "peers/a.toml:5",
    "peers/b.toml:1",
  ]);
});

Deno.test("peers of one file use groups and policies of another; doubles are errors that name both places", () => {
  const disk = {
    "bgpd.toml": `include = "parts/*.toml"\n${head}[[groups]]\nname = "lab"\nimport = "in"\n`,
    "parts/peers.toml": peer("10.0.0.1", 'group = "lab"\n'),
    "parts/policies.toml": '[[policies]]\nname = "in"\n',
  };
  const result = parseFiles(collect(disk));
  assert.ok(result.kind === "config");
  assert.deepEqual(result.config, parsedConfig(Object.values(disk).join("\n")));
  assert.equal(result.config.policies.policies[0]!.name, "in");
  const doubles = {
    "parts/x1.toml": 'default_as = 65001\n[[groups]]\nname = "lab"\n',
    "parts/x2.toml": '[[policies]]\nname = "in"\n' + peer("10.0.0.1"),
  };
  assert.deepEqual(notes({ ...disk, ...doubles }), [
    "parts/x1.toml:1: default_as is already set on line 3 of bgpd.toml; of all files, only one may set it",
    'parts/x1.toml:3: group "lab" is already used on line 4 of bgpd.toml',
    'parts/x2.toml:2: name "in" is already used on line 1 of parts/policies.toml',
    "parts/x2.toml:4: remote_ip 10.0.0.1 is already used on line 2 of parts/peers.toml; " +
    "a second peer at that address needs a name",
  ]);
});

Deno.test("a value of include that is no text is an error; a list that a file writes wrongly, too", () => {
  assert.deepEqual(notes({ "bgpd.toml": head + 'include = ["a.toml", 5]', "a.toml": "peers = 5\ninclude = true" }), [
    "bgpd.toml:3: include must be text in quotes, not 5",
    "a.toml:1: peers must be a list of tables, each under a header in two brackets, like [[peers]], not 5",
    "a.toml:2: include must be text in quotes, not true",
  ]);
});

/** Blocks of TOML that may stand in any file, each complete. */
const blocks = fc.uniqueArray(
  fc.record({
    kind: fc.constantFrom("peer", "group", "policy", "set", "route"),
    number: fc.integer({ min: 1, max: 250 }),
  }),
  { selector: ({ kind, number }) => `${kind} ${number}`, maxLength: 12 },
);

function blockText({ kind, number }: { kind: string; number: number }): string {
  switch (kind) {
    case "peer":
      return peer(`10.0.0.${number}`, `description = "peer ${number}"\n`);
    case "group":
      return `[[groups]]\nname = "g${number}"\nhold_timer = ${number + 3}\n`;
    case "policy":
      return `[[policies]]\nname = "p${number}"\n`;
    case "set":
      return `[[prefix_sets]]\nname = "s${number}"\nprefixes = ["10.${number}.0.0/16"]\n`;
    default:
      return `[[static_routes]]\nprefix = "10.${number}.0.0/16"\nnext_hop = "192.0.2.1"\n`;
  }
}

Deno.test("whatever is spread over files means the same as in one file, also after a way through the database", () => {
  fc.assert(
    fc.property(blocks, fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 12, maxLength: 12 }), (all, places) => {
      const parts = [0, 1, 2, 3].map((file) => all.filter((_, i) => places[i] === file).map(blockText).join("\n"));
      const files = collect({
        "bgpd.toml": `include = ["d/*.toml"]\n${head}${parts[0]}`,
        "d/1.toml": parts[1]!,
        "d/2.toml": `include = "deep/3"\n${parts[2]}`,
        "d/deep/3": parts[3]!,
      });
      const spread = parseFiles(files);
      const one = parseConfig(head + parts.join("\n"));
      assert.ok(spread.kind === "config" && one.kind === "config");
      assert.deepEqual(spread.config, one.config);
      const stored = parseFiles({ files: storedFiles(storedText(files.files)) });
      assert.ok(stored.kind === "config");
      assert.deepEqual(stored.config, one.config);
    }),
    { seed, numRuns: 200 },
  );
});

Deno.test("a configuration of one file is stored as its text", () => {
  const { files } = collect({ "bgpd.toml": head });
  assert.equal(storedText(files), head);
  assert.equal(parseFiles({ files: storedFiles(head) }).kind, "config");
});

Deno.test("a pattern that names folders says what to write", () => {
  const disk = { "peers/a/x.toml": peer("127.0.0.2") };
  for (const value of ["peers/*/", "peers/*//", "*/"]) {
    assert.deepEqual(notes({ ...disk, "bgpd.toml": `include = "${value}"\n${head}` }), [
      `bgpd.toml:1: "${value}" names folders, not files; write "${value}*.toml"`,
    ]);
  }
});

Deno.test("any text as include gives files or errors", () => {
  const part = fc.constantFrom("*", "?", "[", "]", "!", "a", "-", ".", "/", "peers", "x.toml");
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
      notes({ "peers/a/x.toml": peer("127.0.0.2"), "bgpd.toml": `include = "${parts.join("")}"\n${head}` });
    }),
    { seed, numRuns: 500 },
  );
});
