/** Who announces a route: the column `source`. A file of its own, because the API loads schemas only for a body. */

/** True for a word of the column `source`. */
export function isAnnouncementSource(text: string): text is "command" | "api" | "sql" | `exabgp:${string}` {
  return ["command", "api", "sql"].includes(text) || /^exabgp:./.test(text);
}
