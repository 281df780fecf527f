/** Walks folders, for tests of the source tree. */
export { fileURLToPath as fromFileUrl } from "node:url";

/** Every file below `folder`, in name order. */
export async function* walk(folder: string): AsyncGenerator<string> {
  const entries = (await Array.fromAsync(Deno.readDir(folder))).sort((a, b) => a.name < b.name ? -1 : 1);
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* walk(path);
    else yield path;
  }
}
