/** What every package has beside the program: unit, user, completions, manual pages and documents. */
import { join } from "node:path";
import { copyFile, copyTree, filesOf, gzip, writeFile } from "./files.ts";
import type { Program } from "./program.ts";

export interface ShareOptions {
  readonly root: string;
  /** The folder that becomes /usr. */
  readonly usr: string;
  readonly program: Program;
}

export async function stageShare({ root, usr, program }: ShareOptions): Promise<void> {
  const packaging = join(root, "packaging");
  const completions = join(packaging, "completions"), share = join(usr, "share");
  await copyFile(join(completions, "bgpd.bash"), join(share, "bash-completion", "completions", "bgpd"));
  await copyFile(join(completions, "_bgpd"), join(share, "zsh", "vendor-completions", "_bgpd"));
  await copyFile(join(completions, "bgpd.fish"), join(share, "fish", "vendor_completions.d", "bgpd.fish"));
  await Deno.symlink("bgpd", join(share, "bash-completion", "completions", "bgpd-sql"));
  await Deno.symlink("bgpd.fish", join(share, "fish", "vendor_completions.d", "bgpd-sql.fish"));
  for await (const page of filesOf(join(root, "docs", "man"))) {
    const section = page.slice(page.lastIndexOf(".") + 1);
    const packed = gzip(await Deno.readFile(join(root, "docs", "man", page)));
    await writeFile(join(share, "man", `man${section}`, `${page}.gz`), packed);
  }
  await Deno.symlink("bgpd.1.gz", join(share, "man", "man1", "bgpd-sql.1.gz"));
  const doc = join(share, "doc", "bgpd-sql");
  await writeFile(join(doc, "changelog.gz"), gzip(await Deno.readFile(join(root, "CHANGELOG.md"))));
  await copyTree(join(root, "examples"), join(doc, "examples"), (path) => !/\.db\b/.test(path));
  await copyFile(join(root, "README.md"), join(doc, "README.md"));
  await copyFile(join(root, "SECURITY.md"), join(doc, "SECURITY.md"));
  await copyTree(join(root, "docs"), join(doc, "docs"), (path) => /^[^/]+\.(?:md|svg)$|^cookbook\//.test(path));
  await writeFile(join(doc, "copyright"), await copyright(root, program));
}

/** Debian has the long text of this license in every system. */
const apache = `Licensed under the Apache License, Version 2.0. On Debian systems, its text stands in
/usr/share/common-licenses/Apache-2.0.`;

/** The file of Debian policy §12.5: our license and that of every part. */
async function copyright(root: string, { kind, libraries }: Program): Promise<string> {
  const own = await Deno.readTextFile(join(root, "LICENSE"));
  const parts = libraries.map(({ name, license, licenseText }) => ({
    holder: holderOf(licenseText, name),
    license: `${license}-${name.replaceAll("@", "").replaceAll("/", "-")}`,
    text: license === "Apache-2.0" ? apache : licenseText,
  }));
  const ours = { holder: "2026 the bgpd authors", license: "MIT", text: own };
  const deno = { holder: "2018 the Deno authors", license: "MIT-deno", text: own.slice(own.indexOf("Permission is")) };
  const files = kind === "runtime"
    ? [["*", ours], ["usr/lib/bgpd-sql/*.js", ours, ...parts], ["usr/lib/bgpd-sql/bgpd", deno]] as const
    : [["*", ours], ["usr/bin/bgpd", ours, ...parts, deno]] as const;
  const paragraphs = [
    "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: bgpd",
    ...files.map(([files, ...parts]) => {
      const holders = parts.map(({ holder }) => holder).join("\n           ");
      return `Files: ${files}\nCopyright: ${holders}\nLicense: ${parts.map(({ license }) => license).join(" and ")}`;
    }),
    ...[ours, ...parts, deno].map(({ license, text }) => `License: ${license}\n${folded(text)}`),
  ];
  return paragraphs.map((paragraph) => paragraph + "\n").join("\n");
}

function holderOf(text: string, name: string): string {
  return /copyright (?:\(c\) )?(?!notice|owner|license|holder)(.+)/i.exec(text)?.[1]?.trim() ??
    `the authors of ${name}`;
}

/** A text as a field of a control file: each line begins with a space, an empty line is a full stop. */
function folded(text: string): string {
  return text.trim().split(/\r?\n/).map((line) => line.trim() === "" ? " ." : ` ${line.trimEnd()}`).join("\n");
}
