/**
 * Finds the files of a configuration: the file itself, and those that `include` names. Pure: the caller reads files and
 * lists folders when {@link collectFiles} asks for it.
 */

import type { ConfigError, SourcePosition } from "../toml/errors.ts";
import { parseToml, type TomlNode } from "../toml/parse.ts";
import { folderOf, isPattern, matchesName, within } from "./glob.ts";

export interface ConfigFile {
  /** As messages name the file: the path of the including file's folder, and what `include` says. */
  readonly path: string;
  readonly text: string;
}

/** All texts of a configuration. */
export interface ConfigFiles {
  /** The file itself comes first; behind each file come those that it includes. */
  readonly files: readonly ConfigFile[];
  /** What is wrong with `include`. */
  readonly errors: readonly ConfigError[];
  readonly warnings: readonly ConfigError[];
}

export type FileRequest =
  /** `isIncluded`: refuse pipes and devices, which may never end. */
  | { readonly kind: "read"; readonly path: string; readonly isIncluded: boolean }
  | { readonly kind: "list"; readonly folder: string };

export type FileAnswer =
  /** `identity`: equal for two paths of one file. */
  | { readonly kind: "text"; readonly text: string; readonly identity: string }
  | { readonly kind: "entries"; readonly entries: readonly FolderEntry[] }
  /** `reason`: the second half of a sentence, such as "permission denied". */
  | { readonly kind: "failed"; readonly reason: string; readonly isMissing: boolean };

export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** Work that asks for files. Its caller answers each request. */
export type FileWork<T> = Generator<FileRequest, T, FileAnswer>;

/** `reason`: why the file itself cannot be read. */
export type Collected = { readonly kind: "files"; readonly files: ConfigFiles } | {
  readonly kind: "unreadable";
  readonly reason: string;
  readonly isMissing: boolean;
};

/** Files may include files that include files …, this deep. */
const deepest = 8;

export function* collectFiles(path: string): FileWork<Collected> {
  const answer = yield { kind: "read", path, isIncluded: false };
  if (answer.kind !== "text") {
    return answer.kind === "failed" ? { ...answer, kind: "unreadable" } : { kind: "files", files: noFiles };
  }
  const collector = new Collector();
  yield* collector.add({ path, text: answer.text }, answer.identity, []);
  const { files, errors, warnings } = collector;
  return { kind: "files", files: { files, errors, warnings } };
}

const noFiles: ConfigFiles = { files: [], errors: [], warnings: [] };

/** A file on the way from the first file to the current one. */
interface Includer {
  readonly path: string;
  readonly identity: string;
}

class Collector {
  readonly files: ConfigFile[] = [];
  readonly errors: ConfigError[] = [];
  readonly warnings: ConfigError[] = [];
  readonly #identities = new Set<string>();

  *add(file: ConfigFile, identity: string, way: readonly Includer[]): FileWork<void> {
    this.files.push(file);
    this.#identities.add(identity);
    const here = [...way, { path: file.path, identity }];
    for (const { value, at } of includesOf(file)) {
      if (here.length > deepest) {
        this.#fail(at, `files include each other more than ${deepest} deep`);
        return;
      }
      for (const path of yield* this.#named(within(folderOf(file.path), value), value, at)) {
        yield* this.#include(path, at, here);
      }
    }
  }

  *#include(path: string, at: SourcePosition, way: readonly Includer[]): FileWork<void> {
    const answer = yield { kind: "read", path, isIncluded: true };
    if (answer.kind === "failed") return this.#fail(at, `cannot read ${path}: ${answer.reason}; correct include`);
    if (answer.kind !== "text") return;
    const { text, identity } = answer;
    const start = way.findIndex((file) => file.identity === identity);
    if (start !== -1) {
      const circle = [...way.slice(start).map((file) => file.path), path].join(" → ");
      return this.#fail(at, `${path} includes itself: ${circle}`);
    }
    // Two patterns may match one file.
    if (!this.#identities.has(identity)) yield* this.add({ path, text }, identity, way);
  }

  /** The paths that a value of `include` names, sorted. */
  *#named(path: string, value: string, at: SourcePosition): FileWork<string[]> {
    if (!isPattern(value)) return [path];
    if (value.split("/").includes("**")) {
      this.#fail(at, `"${value}": ** is not known here; write a * for each level of folders`);
      return [];
    }
    if (value.endsWith("/")) {
      this.#fail(at, `"${value}" names folders, not files; write "${value}*.toml"`);
      return [];
    }
    // Only what `include` itself says is a pattern: a folder above may have any name.
    const parts = value.split("/");
    const first = parts.findIndex(isPattern);
    const literal = path.slice(0, path.length - parts.slice(first).join("/").length);
    const found = yield* this.#matching(literal, parts.slice(first), at);
    if (found.length === 0) {
      this.warnings.push({ ...at, message: `"${value}" matches no file in ${literal === "" ? "." : literal}` });
    }
    return found;
  }

  *#matching(folder: string, [part = "", ...rest]: readonly string[], at: SourcePosition): FileWork<string[]> {
    if (part === "") return yield* this.#matching(`${folder}/`, rest, at);
    const answer = yield { kind: "list", folder: folder === "" ? "." : folder };
    // A folder without files is right before the first file. A folder that is gone, for example because nothing is
    // mounted, must not end the sessions of all its peers.
    if (answer.kind === "failed") {
      const missing = `there is no folder ${folder}; create it, or correct include`;
      this.#fail(at, answer.isMissing ? missing : `cannot read the folder ${folder}: ${answer.reason}`);
    }
    if (answer.kind !== "entries") return [];
    const wantsFolder = rest.length > 0;
    const names = answer.entries.filter(({ name, isFolder }) => isFolder === wantsFolder && matchesName(part, name))
      .map(({ name }) => name).toSorted();
    if (!wantsFolder) return names.map((name) => folder + name);
    const found: string[] = [];
    for (const name of names) found.push(...yield* this.#matching(`${folder}${name}/`, rest, at));
    return found;
  }

  #fail(at: SourcePosition, message: string): void {
    this.errors.push({ ...at, message });
  }
}

/** The values of `include` that are text. Others are reported when the whole configuration is read. */
function includesOf({ path, text }: ConfigFile): { value: string; at: SourcePosition }[] {
  // Parsing takes time, and few files include others.
  if (!/\binclude\b/.test(text)) return [];
  const node = parseToml(text, path).root?.entries.get("include");
  const items: readonly TomlNode[] = node === undefined ? [] : node.kind === "array" ? node.items : [node];
  return items.flatMap((item) =>
    item.kind === "string" && item.value !== "" ? [{ value: item.value, at: item.at }] : []
  );
}
