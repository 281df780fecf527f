/** Files with TCP-MD5 keys, as `password_file` names them. */

import { CommandError } from "../command.ts";
import { fileProblem } from "../files.ts";

interface SecretFile {
  readonly fileName: string;
  readonly secret: string;
}

/** Writes each key to a file that only the user may read. Throws {@link CommandError} if a file has another key. */
export function writeSecrets(folder: string, secrets: readonly SecretFile[]): void {
  if (secrets.length === 0) return;
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CommandError(`cannot make the folder ${folder}: ${fileProblem(error)}`);
  }
  for (const { fileName, secret } of secrets) {
    const path = `${folder}/${fileName}`;
    try {
      Deno.writeTextFileSync(path, `${secret}\n`, { createNew: true, mode: 0o600 });
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) {
        throw new CommandError(`cannot write ${path}: ${fileProblem(error)}`);
      }
      if (Deno.readTextFileSync(path).trimEnd() === secret) continue;
      throw new CommandError(`${path} exists with another key: remove it, or choose another folder with --secrets`);
    }
  }
}
