/** Patterns of file names, as a shell has them: `*`, `?`, `[a-z]` and `[!a-z]`, each inside one part of a path. */

export function isPattern(text: string): boolean {
  return /[*?[]/.test(text);
}

/** True if `name` matches one part of a pattern. A name with a dot in front matches only a part with a dot in front. */
export function matchesName(part: string, name: string): boolean {
  if (name.startsWith(".") && !part.startsWith(".")) return false;
  return expressionOf(part).test(name);
}

function expressionOf(part: string): RegExp {
  let source = "";
  for (let at = 0; at < part.length; at++) {
    const character = part[at]!;
    const set = character === "[" ? /^\[(!?)(\]?[^\]]*)\]/.exec(part.slice(at)) : null;
    if (set !== null) {
      source += `[${set[1] === "" ? "" : "^"}${escaped(set[2]!)}]`;
      at += set[0].length - 1;
    } else if (character === "*") source += "[^]*";
    else if (character === "?") source += "[^]";
    else source += escaped(character);
  }
  try {
    return new RegExp(`^${source}$`);
  } catch {
    // A range that runs backwards, such as `[z-a]`, matches nothing.
    return /^\b$/;
  }
}

/** As text of a regular expression; a `-` keeps its meaning inside brackets. */
function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** The folder of a path, with its slash at the end; empty for a name alone. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/** `path` relative to `folder`, which is empty or ends in a slash. */
export function within(folder: string, path: string): string {
  return path.startsWith("/") ? path : folder + path.replace(/^(\.\/+)+/, "");
}
