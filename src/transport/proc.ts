/**
 * Files and folders of /proc (proc(5)), read by calls to libc: Deno itself reads them only with all permissions.
 * Everything here is optional: without libc, or without the right to read a file, the answer is `undefined`.
 */

import { openLibc } from "./libc.ts";

const signatures = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
  readlink: { parameters: ["buffer", "buffer", "usize"], result: "isize" },
} as const satisfies Deno.ForeignLibraryInterface;

/** In a C library of its own signature table: old ones lack it. */
const folderSignatures = {
  getdents64: { parameters: ["i32", "buffer", "usize"], result: "isize" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Linux, on all processors that Deno runs on: open(2). */
const readOnly = 0, closeOnExec = 0o2000000, noBlock = 0o4000;

type Symbols = Deno.DynamicLibrary<typeof signatures>["symbols"];

let opened: Symbols | undefined | null = null;
let folders: Deno.DynamicLibrary<typeof folderSignatures>["symbols"] | undefined | null = null;

function symbols(): Symbols | undefined {
  if (opened !== null) return opened;
  const found = Deno.build.os === "linux" ? openLibc(signatures) : "absent";
  return opened = typeof found === "string" ? undefined : found;
}

function folderSymbols() {
  if (folders !== null) return folders;
  const found = Deno.build.os === "linux" ? openLibc(folderSignatures) : "absent";
  return folders = typeof found === "string" ? undefined : found;
}

/** Opens libc now, where that is possible, so that everything here works without the permission later. */
export function openProcNow(): void {
  symbols();
  folderSymbols();
}

/** The text of a file; `undefined`: it cannot be read. */
export function readSystemFile(path: string): string | undefined {
  const libc = symbols();
  if (libc === undefined) return undefined;
  const file = libc.open(cString(path), readOnly | closeOnExec | noBlock);
  if (file < 0) return undefined;
  try {
    let text = "";
    const decoder = new TextDecoder(), bytes = new Uint8Array(65_536);
    for (let count = 1; count > 0;) {
      count = Number(libc.read(file, bytes, BigInt(bytes.length)));
      if (count > 0) text += decoder.decode(bytes.subarray(0, count), { stream: true });
    }
    return text;
  } finally {
    libc.close(file);
  }
}

/** The names in a folder; `undefined`: it cannot be read. */
export function listSystemFolder(path: string): string[] | undefined {
  const libc = symbols(), { getdents64 } = folderSymbols() ?? {};
  if (libc === undefined || getdents64 === undefined) return undefined;
  const folder = libc.open(cString(path), readOnly | closeOnExec);
  if (folder < 0) return undefined;
  const names: string[] = [];
  const bytes = new Uint8Array(65_536), view = new DataView(bytes.buffer), decoder = new TextDecoder();
  try {
    for (let count = 1; count > 0;) {
      count = Number(getdents64(folder, bytes, BigInt(bytes.length)));
      // struct linux_dirent64: inode (8), offset (8), length (2), type (1), name with its end mark.
      for (let at = 0; at < count; at += view.getUint16(at + 16, true)) {
        names.push(decoder.decode(bytes.subarray(at + 19, bytes.indexOf(0, at + 19))));
      }
    }
  } finally {
    libc.close(folder);
  }
  return names.filter((name) => name !== "." && name !== "..");
}

/** Where a symbolic link leads; `undefined`: it cannot be read. */
export function readSystemLink(path: string): string | undefined {
  const libc = symbols();
  if (libc === undefined) return undefined;
  const bytes = new Uint8Array(4096);
  const length = Number(libc.readlink(cString(path), bytes, BigInt(bytes.length)));
  return length < 0 ? undefined : new TextDecoder().decode(bytes.subarray(0, length));
}

/** The name of a process; `undefined`: unknown. */
export function processName(pid: number): string | undefined {
  return readSystemFile(`/proc/${pid}/comm`)?.trim();
}

export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`) as Uint8Array<ArrayBuffer>;
}
