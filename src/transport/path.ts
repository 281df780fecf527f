/**
 * Paths of files, as `node:path` has them on Linux. That module takes 6 MB and 5 ms in each thread that imports it,
 * because Deno starts its layer for Node then.
 */

/** The absolute path that `parts` lead to, each from the one before, the first from the current folder. */
export function resolve(...parts: readonly string[]): string {
  const start = parts.findLastIndex(isAbsolute);
  const whole = (start === -1 ? [Deno.cwd(), ...parts] : parts.slice(start)).join("/");
  const names: string[] = [];
  for (const name of whole.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}

export function isAbsolute(path: string): boolean {
  return path.startsWith("/");
}

/** The folder that a file stands in: `.` for a name without a folder. */
export function dirname(path: string): string {
  const [, folder] = /^(.*?)\/*[^/]*\/*$/s.exec(path)!;
  return folder !== "" ? folder! : isAbsolute(path) ? "/" : ".";
}

/** The name of a file without its folder. */
export function basename(path: string): string {
  return /([^/]*)\/*$/.exec(path)![1]!;
}

/** How `to` is reached from the folder `from`; empty where both are the same. */
export function relative(from: string, to: string): string {
  const [start, end] = [from, to].map((path) => resolve(path).split("/").filter((name) => name !== ""));
  let same = 0;
  while (same < start!.length && start![same] === end![same]) same++;
  return [...start!.slice(same).map(() => ".."), ...end!.slice(same)].join("/");
}
