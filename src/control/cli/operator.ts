/** Who runs a command, for the log of changes (`announcements_log`). Nobody checks it: it is for people. */

/** Such as `alice from 192.0.2.7`; `undefined`: the environment does not say it. */
export function operator(): string | undefined {
  const user = Deno.env.get("SUDO_USER") || Deno.env.get("USER");
  const [from = ""] = (Deno.env.get("SSH_CONNECTION") ?? "").split(" ");
  if (!user) return undefined;
  return from === "" ? user : `${user} from ${from}`;
}
