/** Folders of a package: listing, copying, and the same times and modes for every build. */
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** The paths of all files below a folder, relative to it. */
export async function* filesOf(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory) yield name;
    else for await (const path of filesOf(join(folder, name))) yield join(name, path);
  }
}

/** Copies the files below a folder. `takes`: which ones, by their relative paths. */
export async function copyTree(from: string, to: string, takes: (path: string) => boolean = () => true): Promise<void> {
  for await (const path of filesOf(from)) {
    if (takes(path)) await copyFile(join(from, path), join(to, path));
  }
}

/** Copies a file and makes the folders above it. */
export async function copyFile(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  await Deno.copyFile(from, to);
}

export async function writeFile(path: string, text: string | Uint8Array<ArrayBuffer>): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, typeof text === "string" ? new TextEncoder().encode(text) : text);
}

/** Gives every file and folder this time, and the modes of Debian policy §10.9: 0755 and 0644. */
export async function settle(folder: string, epochSeconds: number): Promise<void> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isSymlink) continue;
    if (entry.isDirectory) await settle(path, epochSeconds);
    else {
      const isProgram = ((await Deno.stat(path)).mode ?? 0) & 0o100;
      await Deno.chmod(path, isProgram ? 0o755 : 0o644);
      await Deno.utime(path, epochSeconds, epochSeconds);
    }
  }
  await Deno.chmod(folder, 0o755);
  await Deno.utime(folder, epochSeconds, epochSeconds);
}

/** gzip without a time and a name, so that the same text gives the same octets; as small as Debian policy wants it. */
export function gzip(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gzipSync(bytes, { level: 9 }));
}
