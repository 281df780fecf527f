/** Builds packages of bgpd for tests, with little compression. */
import { fileURLToPath } from "node:url";
import { run } from "./process.ts";

export const projectFolder = fileURLToPath(new URL("../../", import.meta.url));

/** 1 January 2026: the time of all files, so that two builds give the same octets. */
const epoch = "1767225600";

/** `deno task package`; returns the paths that it prints. */
export function buildPackages(output: string, ...options: string[]): Promise<string[]> {
  return buildPackagesWith({}, output, ...options);
}

/** As {@link buildPackages}, with more environment variables. */
export async function buildPackagesWith(
  variables: Readonly<Record<string, string>>,
  output: string,
  ...options: string[]
): Promise<string[]> {
  const args = ["run", "-A", `${projectFolder}tools/package.ts`, "--fast", "--runtime", "--output", output, ...options];
  const { code, stdout, stderr } = await run(Deno.execPath(), args, {
    cwd: projectFolder,
    env: { SOURCE_DATE_EPOCH: epoch, ...variables },
  });
  if (code !== 0) throw new Error(`deno task package: ${stderr}`);
  return stdout.trim().split("\n");
}
