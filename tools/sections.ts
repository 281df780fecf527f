/**
 * Sections of pages that a tool writes: between `<!-- NAME:begin -->` and `<!-- NAME:end -->`. The rest of the page is
 * written by hand.
 */

/** The page with this text between the marks of that name. Throws if the page lacks them. */
export function withSection(page: string, name: string, section: string): string {
  const begin = `<!-- ${name}:begin -->`, end = `<!-- ${name}:end -->`;
  const from = page.indexOf(begin), to = page.indexOf(end);
  if (from === -1 || to < from) throw new Error(`the page has no ${begin} … ${end}`);
  return `${page.slice(0, from + begin.length)}\n${section}${page.slice(to)}`;
}
