/** `bgpd doctor`: looks at the machine, the configuration, the database and the daemon, and says what to change. */

import type { Finding, Level } from "../../doctor/mod.ts";
import type { Command, Io } from "../command.ts";
import { configDefault, configPath } from "../database_file.ts";
import { type Colour, paint } from "../text/table.ts";
import { plural, wrap } from "../text/units.ts";
import type { CheckStart } from "./check.ts";

export function doctorCommand(check: CheckStart, version: string): Command {
  return {
    name: "doctor",
    summary: "look for what keeps bgpd from working, and print what to change",
    arguments: [{ name: "[CONFIG]", doc: `configuration file (TOML; default: ${configDefault})` }],
    options: [
      { flags: "-c, --config FILE", doc: "the same as CONFIG" },
      { flags: "--json", doc: "print JSON" },
    ],
    examples: [
      ["bgpd doctor", "look at the configuration, clock, sockets, files, database, disk, kernel, daemon and peers"],
      ["bgpd doctor bgpd.toml --json", "print the findings as JSON; exit code 1 if there is a problem"],
    ],
    async run(input, io) {
      const config = configPath(input.words[0] ?? input.text("config"), io);
      const { examine } = await import("../../doctor/mod.ts");
      const findings = await examine({ config, report: await check(config), version, now: io.now() });
      const isOk = !findings.some(({ level }) => level === "problem");
      if (input.flag("json")) {
        io.write(JSON.stringify({ config, ok: isOk, findings }, undefined, 2) + "\n");
        return isOk ? 0 : 1;
      }
      printFindings(findings, io);
      return isOk ? 0 : 1;
    },
  };
}

const colours: Readonly<Record<Level, Colour>> = { ok: "green", warning: "yellow", problem: "red" };

/** A line for each finding, and below it what to change; the last line counts. */
function printFindings(findings: readonly Finding[], io: Io): void {
  const levelWidth = "problem".length, areaWidth = Math.max(...findings.map(({ area }) => area.length));
  const indent = levelWidth + areaWidth + 4;
  const width = Math.max(40, io.columns) - indent;
  for (const { level, area, text, change } of findings) {
    const lines = wrap(text, width);
    const label = paint(level.padEnd(levelWidth), colours[level], io.outputIsTerminal);
    io.write(`${label}  ${area.padEnd(areaWidth)}  ${lines[0] ?? ""}\n`);
    const advice = change === undefined
      ? []
      : wrap(change, width - 4).map((line, i) => (i === 0 ? "=> " : "   ") + line);
    for (const line of [...lines.slice(1), ...advice]) io.write(" ".repeat(indent) + line + "\n");
  }
  const count = (wanted: Level) => findings.filter(({ level }) => level === wanted).length;
  io.write(`${plural(count("problem"), "problem")}, ${plural(count("warning"), "warning")}, ${count("ok")} ok\n`);
}
