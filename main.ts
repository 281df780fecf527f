import { runCommandLine } from "./src/control/cli/start.ts";
import { version } from "./src/daemon/version.ts";

if (import.meta.main) {
  // Most commands need no daemon, and start sooner without it; cli/start.ts loads only what the command needs.
  const daemon = () => import("./src/daemon/mod.ts");
  Deno.exit(
    await runCommandLine(Deno.args, {
      version,
      runDaemon: async (options) => await (await daemon()).runDaemon(options),
      runWeb: async (options) => await (await import("./src/web/mod.ts")).runWeb(options),
      checkStart: async (path) => await (await daemon()).checkStart(path),
    }),
  );
}
