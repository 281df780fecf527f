/** The files that an `include` of BIRD means. */

import { dirname, isAbsolute } from "../../../transport/mod.ts";
import { fileProblem } from "../files.ts";

interface IncludedFile {
  readonly name: string;
  readonly text: string;
}

/**
 * `pattern`: a path, which may have `*`, `?` and `[…]`; relative to the folder of the file `from`. The files come in
 * the order of their names. A text says why they cannot be read.
 */
export function readIncluded(pattern: string, from: string): readonly IncludedFile[] | string {
  const path = isAbsolute(pattern) ? pattern : `${dirname(from)}/${pattern}`;
  const isPattern = /[*?[]/.test(pattern);
  try {
    const paths = isPattern ? matchingPaths(path) : [path];
    return paths.map((name) => ({ name, text: Deno.readTextFileSync(name) }));
  } catch (error) {
    return fileProblem(error);
  }
}

function matchingPaths(pattern: string): string[] {
  let found = [pattern.startsWith("/") ? "/" : ""];
  for (const part of pattern.split("/")) {
    if (part === "") continue;
    const form = /[*?[]/.test(part) ? partForm(part) : undefined;
    found = found.flatMap((folder) => {
      if (form === undefined) return [`${folder}${part}/`];
      return entriesOf(folder).filter((name) => form.test(name)).toSorted().map((name) => `${folder}${name}/`);
    });
  }
  return found.map((path) => path.slice(0, -1)).filter((path) => isFile(path));
}

function partForm(part: string): RegExp {
  const text = part.replaceAll(/[.+^${}()|\\]/g, "\\$&").replaceAll("*", "[^/]*").replaceAll("?", "[^/]");
  try {
    return new RegExp(`^(?!\\.)${text.replaceAll("[!", "[^")}$`);
  } catch {
    return /^$/;
  }
}

function entriesOf(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder === "" ? "." : folder)].map(({ name }) => name);
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
