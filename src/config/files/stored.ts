/**
 * The files of a configuration as one text, for the database: the text of the file itself, or, where it includes
 * others, a JSON object with all files.
 */

import type { ConfigFile } from "./collect.ts";

export function storedText(files: readonly ConfigFile[]): string {
  const [main, ...others] = files;
  return main !== undefined && others.length === 0 ? main.text : JSON.stringify({ files });
}

/** `path` stands for the file itself where the text does not say its path. */
export function storedFiles(text: string, path = "bgpd.toml"): readonly ConfigFile[] {
  // No TOML text starts with a brace.
  if (!text.startsWith("{")) return [{ path, text }];
  const { files } = JSON.parse(text) as { readonly files: readonly ConfigFile[] };
  return files;
}
