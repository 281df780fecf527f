/**
 * `deno task reference`: writes everything that is a table of names, from where the names are defined: the commands,
 * the keys of the configuration, the schema of the database, the API and the metrics. `tests/unit/tools/reference/`
 * fails if a file is not what this program writes now.
 *
 * | file | what |
 * |---|---|
 * | `document.ts`, `markdown.ts`, `roff.ts` | a page as plain values; as Markdown, as a man page |
 * | `commands.ts` … | the content of a page |
 * | `completions/` | bash, zsh and fish |
 *
 * @module
 */

import { readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { commandLine, type ProgramInfo } from "../../src/control/cli/mod.ts";
import { families } from "../../src/types/mod.ts";
import { version } from "../../src/daemon/version.ts";
import { withSection } from "../sections.ts";
import { apiDocument } from "../../src/control/http/mod.ts";
import { apiBlocks } from "./api.ts";
import { commandBlocks, commandIndex } from "./commands.ts";
import { bashCompletion } from "./completions/bash.ts";
import { fishCompletion } from "./completions/fish.ts";
import { completionTree } from "./completions/tree.ts";
import { zshCompletion } from "./completions/zsh.ts";
import { configurationBlocks } from "./configuration.ts";
import { tableDiagram, viewDiagram } from "./diagram.ts";
import { code } from "./document.ts";
import { commandManPage, configurationManPage, sqlManPage } from "./man_pages.ts";
import { toMarkdown } from "./markdown.ts";
import { alertRules, metricBlocks } from "./metrics.ts";
import { schemaObjects } from "./schema.ts";
import { schemaBlocks } from "./sql.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The command line; nothing runs. */
export function program(): ProgramInfo {
  const never = () => Promise.reject(new Error("the reference runs no command"));
  return commandLine({ version, runDaemon: never, checkStart: never, runWeb: never });
}

/** The text of each generated file by its path in the project, as it is to be now. */
export async function referenceFiles(): Promise<Map<string, string>> {
  const commands = program();
  const tree = completionTree(commands);
  const objects = schemaObjects();
  const questions = await readFile(`${root}/examples/queries.sql`, "utf8");
  const names = families.map(({ name }) => name);
  const page = async (name: string, sections: Readonly<Record<string, string>>): Promise<[string, string]> => {
    const path = `docs/${name}.md`;
    const text = Object.entries(sections).reduce(
      (text, [section, content]) => withSection(text, section, content),
      await readFile(`${root}/${path}`, "utf8"),
    );
    return [path, text];
  };
  return new Map([
    ["docs/man/bgpd.1", commandManPage(commands)],
    ["docs/man/bgpd.toml.5", configurationManPage(version)],
    ["docs/man/bgpd-sql.7", sqlManPage(questions, version)],
    ["examples/alerts.yml", alertRules()],
    ["packaging/completions/bgpd.bash", bashCompletion(tree, names)],
    ["packaging/completions/_bgpd", zshCompletion(tree, names)],
    ["packaging/completions/bgpd.fish", fishCompletion(tree, names)],
    await page("sql", {
      schema: toMarkdown(schemaBlocks(objects)),
      diagrams: toMarkdown([code("mermaid", tableDiagram(objects)), code("mermaid", viewDiagram(objects))]),
    }),
    await page("api", { operations: toMarkdown(apiBlocks(await apiDocument(version))) }),
    await page("metrics", { metrics: toMarkdown(metricBlocks()) }),
    await page("configuration", { keys: toMarkdown(configurationBlocks()) }),
    await page("commands", { index: commandIndex(commands), commands: toMarkdown(commandBlocks(commands)) }),
  ]);
}

if (import.meta.main) {
  for (const [path, text] of await referenceFiles()) await writeFile(`${root}/${path}`, text);
}
