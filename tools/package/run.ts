/** Runs a program that a package needs. */

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Returns standard output. Throws with what the program printed where it fails. */
export async function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { cwd, env = {} } = options;
  const place = cwd === undefined ? {} : { cwd };
  const command = new Deno.Command(program, {
    args: [...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    ...place,
  });
  const { success, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`${program} ${args.slice(0, 3).join(" ")} failed:\n${text(stdout)}${text(stderr)}`);
  return text(stdout);
}
