import denoConfig from "./deno.json" with { type: "json" };
import { runCommandLine } from "./src/control/mod.ts";
import { checkStart, runDaemon } from "./src/daemon/mod.ts";

if (import.meta.main) {
  Deno.exit(await runCommandLine(Deno.args, { version: denoConfig.version, runDaemon, checkStart }));
}
