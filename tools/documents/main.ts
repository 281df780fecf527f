/**
 * `deno task documents [--write] [PAGE…]`: runs the commands of the pages and compares what they print with what the
 * pages show. `--write` puts the real output into the pages. Needs root, because each page runs in namespaces of its
 * own.
 */
import { resolve } from "node:path";
import { parsePage } from "./page.ts";
import { pagesOfProject, readPage, root } from "./pages.ts";
import { failureText, runPage } from "./run_page.ts";
import { ensureBgpd } from "../../tests/support/bgpd.ts";

async function main(args: readonly string[]): Promise<number> {
  const write = args.includes("--write");
  const named = args.filter((each) => !each.startsWith("--"));
  await ensureBgpd();
  let failed = 0;
  for (const path of named.length > 0 ? named : await pagesOfProject()) {
    const text = await readPage(path);
    const { steps, mistakes } = parsePage(text);
    for (const mistake of mistakes) console.log(`${path}: ${mistake}`);
    failed += mistakes.length;
    if (steps.every((step) => step.kind === "file")) continue;
    const start = performance.now();
    const { failures, corrected } = await runPage(text, { write });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${path}: ${steps.length} steps, ${failures.length} failures, ${seconds} s`);
    for (const failure of failures) console.log(failureText(path, failure));
    failed += failures.length;
    if (write && corrected !== text) await Deno.writeTextFile(resolve(root, path), corrected);
  }
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
