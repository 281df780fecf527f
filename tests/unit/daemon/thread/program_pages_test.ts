/** Which parts of memory are let go of: those of the executable that nobody changed. */
import assert from "node:assert/strict";
import { unchangedParts } from "../../../../src/daemon/thread/program_pages.ts";

interface Mapping {
  readonly path?: string;
  /** Of the file, hexadecimal. */
  readonly offset: string;
  readonly changed?: Readonly<Record<string, number>>;
}

const executable = "/opt/a b/bgpd";

function mapping(range: string, flags: string, { path = executable, offset, changed = {} }: Mapping): string {
  const sizes = { Rss: 4, Private_Dirty: 0, Shared_Dirty: 0, Anonymous: 0, Swap: 0, Locked: 0, ...changed };
  const lines = Object.entries(sizes).map(([key, value]) => `${`${key}:`.padEnd(16)}${String(value).padStart(8)} kB\n`);
  return `${range} ${flags} ${offset} fe:00 1234                       ${path}\n${
    lines.join("")
  }VmFlags: rd ex mr mw me\n`;
}

Deno.test("only what is of the executable, is not writable, and was never changed", () => {
  const image = [
    mapping("1000-2000", "r--p", { offset: "00000000" }),
    mapping("5500-7500", "r-xp", { offset: "00001000" }),
    mapping("7500-8500", "r--p", { offset: "00003000", changed: { Private_Dirty: 4 } }),
    mapping("8500-9500", "r--p", { offset: "00004000", changed: { Anonymous: 4 } }),
    mapping("9500-a500", "r--p", { offset: "00005000", changed: { Swap: 4 } }),
    mapping("a500-b500", "rw-p", { offset: "00006000" }),
    mapping("b500-c500", "r-xp", { path: "/lib/libc.so.6", offset: "00007000" }),
    mapping("c500-d500", "rw-p", { path: "", offset: "00000000" }),
    mapping("d500-e500", "r--s", { offset: "00008000" }),
  ];
  assert.deepEqual(unchangedParts(image.join(""), executable), [
    { start: 0x1000n, bytes: 0x1000n },
    { start: 0x5500n, bytes: 0x2000n },
  ]);
  assert.deepEqual(unchangedParts("", executable), []);
});

Deno.test("what V8 maps again for the code of a thread stays: after the thread, other memory has its addresses", () => {
  const again = (range: string) => mapping(range, "r-xp", { offset: "00001800" });
  const mappings = [
    again("0100-0200"),
    mapping("1000-2000", "r--p", { offset: "00000000" }),
    mapping("5500-7500", "r-xp", { offset: "00001000" }),
    mapping("7500-8500", "rw-p", { offset: "00003000" }),
    again("8500-8600"),
    again("f500-f600"),
  ];
  assert.deepEqual(unchangedParts(mappings.join(""), executable), [
    { start: 0x1000n, bytes: 0x1000n },
    { start: 0x5500n, bytes: 0x2000n },
  ]);
});
