import { runCommandLine } from "./src/control/cli/start.ts";
import { version } from "./src/daemon/version.ts";

if (import.meta.main) {
  // Most commands need no daemon, and start sooner without it; cli/start.ts loads only what the command needs.
  const daemon = () => import("./src/daemon/mod.ts");
  Deno.exit(
    await runCommandLine(Deno.args, {
      version,
      async runDaemon(options) {
        if (options.web === undefined) return await (await daemon()).runDaemon(options);
        // The router gives up permissions that the web thread needs, so the thread comes first.
        const web = (await import("./src/web/mod.ts")).startWebThread(options.web, console.error);
        return await (await daemon()).runDaemon(options).finally(() => web.stop());
      },
      runWeb: async (options) => await (await import("./src/web/mod.ts")).runWeb(options),
      checkStart: async (path) => await (await daemon()).checkStart(path),
    }),
  );
}
