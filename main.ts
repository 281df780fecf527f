import { runCommandLine } from "./src/control/mod.ts";
import { checkStart, runDaemon, version } from "./src/daemon/mod.ts";

if (import.meta.main) {
  Deno.exit(await runCommandLine(Deno.args, { version, runDaemon, checkStart }));
}
