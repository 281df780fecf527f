/** Which parts of memory are let go of: those of the executable that nobody changed. */
import assert from "node:assert/strict";
import { unchangedParts } from "../../../../src/daemon/thread/program_pages.ts";

function mapping(range: string, flags: string, path: string, changed: Readonly<Record<string, number>> = {}): string {
  const sizes = { Rss: 4, Private_Dirty: 0, Shared_Dirty: 0, Anonymous: 0, Swap: 0, Locked: 0, ...changed };
  const lines = Object.entries(sizes).map(([key, value]) => `${`${key}:`.padEnd(16)}${String(value).padStart(8)} kB\n`);
  return `${range} ${flags} 0001d000 fe:00 1234                       ${path}\n${
    lines.join("")
  }VmFlags: rd ex mr mw me\n`;
}

Deno.test("only what is of the executable, is not writable, and was never changed", () => {
  const code = mapping("5500-7500", "r-xp", "/opt/a b/bgpd");
  const others = [
    mapping("7500-8500", "r--p", "/opt/a b/bgpd", { Private_Dirty: 4 }),
    mapping("8500-9500", "r--p", "/opt/a b/bgpd", { Anonymous: 4 }),
    mapping("9500-a500", "r--p", "/opt/a b/bgpd", { Swap: 4 }),
    mapping("a500-b500", "rw-p", "/opt/a b/bgpd"),
    mapping("b500-c500", "r-xp", "/lib/libc.so.6"),
    mapping("c500-d500", "rw-p", ""),
    mapping("d500-e500", "r--s", "/opt/a b/bgpd"),
  ];
  const constants = mapping("1000-2000", "r--p", "/opt/a b/bgpd");
  assert.deepEqual(unchangedParts([code, ...others, constants].join(""), "/opt/a b/bgpd"), [
    { start: 0x5500n, bytes: 0x2000n },
    { start: 0x1000n, bytes: 0x1000n },
  ]);
  assert.deepEqual(unchangedParts("", "/opt/a b/bgpd"), []);
});
