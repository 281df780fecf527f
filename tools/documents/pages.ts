/** The pages whose commands are run: all that a reader of the project may follow. */
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Paths from the root of the project, sorted. */
export async function pagesOfProject(): Promise<string[]> {
  const found = ["README.md", "SECURITY.md"];
  const folders = ["docs"];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const entry of Deno.readDir(join(root, folder))) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) folders.push(path);
      else if (path.endsWith(".md")) found.push(path);
    }
  }
  return found.sort();
}

export function readPage(path: string): Promise<string> {
  return Deno.readTextFile(resolve(root, path));
}
