/** The configuration and the files it names, at start and at each reload. */

import { type Config, type ConfigError, formatConfigError, parseConfig } from "../config/mod.ts";
import { KeyError } from "./protection.ts";
import { readSecrets, type Secrets } from "./secrets.ts";

export type LoadedConfig =
  | { readonly kind: "loaded"; readonly config: Config; readonly secrets: Secrets }
  /** `texts` for a terminal, with the lines of the file and carets; `lines` for a log. */
  | { readonly kind: "refused"; readonly texts: readonly string[]; readonly lines: readonly string[] };

export async function loadConfig(path: string): Promise<LoadedConfig> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    return refused(unreadable(path, error));
  }
  const result = parseConfig(text);
  if (result.kind === "errors") {
    return {
      kind: "refused",
      texts: result.errors.map((error) => formatConfigError(error, path, text)),
      lines: result.errors.map((error) => errorLine(error, path)),
    };
  }
  try {
    return { kind: "loaded", config: result.config, secrets: await readSecrets(result.config) };
  } catch (error) {
    if (error instanceof KeyError) return refused(error.message);
    throw error;
  }
}

/** A word that could be a command is one that somebody took for it. */
function unreadable(path: string, error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    const hint = /^[a-z-]+$/.test(path) ? ", nor such a command; see bgpd --help" : "";
    return `cannot read ${path}: there is no such file${hint}`;
  }
  return `cannot read ${path}: ${error instanceof Error ? error.message : error}`;
}

function refused(sentence: string): LoadedConfig {
  return { kind: "refused", texts: [`bgpd: ${sentence}`], lines: [sentence] };
}

function errorLine({ line, column, message, suggestion }: ConfigError, path: string): string {
  return `${path}:${line}:${column}: ${message}${suggestion === undefined ? "" : `; did you mean ${suggestion}?`}`;
}
