/** The completions in the real shells: lines that people type, with the peers of a real database. */
import assert from "node:assert/strict";
import { fromFileUrl } from "../support/files.ts";
import { smallDatabase } from "../unit/control/cli/small_database.ts";
import { missingPrograms, peersRequired } from "./peers/mod.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));

/** What is typed, and words that the shell offers; `never`: words that it must not offer. */
interface Line {
  readonly typed: string;
  readonly offers: readonly string[];
  readonly never?: readonly string[];
}

const lines: readonly Line[] = [
  { typed: "bgpd ", offers: ["show", "announce", "peer", "mrt"], never: ["routes"] },
  { typed: "bgpd sh", offers: ["show"], never: ["announce"] },
  { typed: "bgpd show ", offers: ["peers", "routes", "history"], never: ["announce"] },
  { typed: "bgpd s ", offers: ["peers", "routes", "history"] },
  { typed: "bgpd show routes --or", offers: ["--origin-as"], never: ["--json"] },
  { typed: "bgpd show routes --peer ", offers: ["127.0.0.2", "2001:db8::2"], never: ["--json"] },
  { typed: "bgpd show routes --best --peer 127.0.0.", offers: ["127.0.0.2", "127.0.0.3"], never: ["2001:db8::2"] },
  { typed: "bgpd show peer 2001:db8:", offers: ["2001:db8::2"], never: ["127.0.0.2"] },
  { typed: "bgpd show peer -d other.db ", offers: ["127.0.0.2"] },
  { typed: "bgpd peer disable ", offers: ["127.0.0.2"], never: ["enable"] },
  { typed: "bgpd announce 192.0.2.0/24 ", offers: ["next-hop", "as-path", "community"], never: ["show"] },
  { typed: "bgpd announce 192.0.2.0/24 med 5 peer ", offers: ["127.0.0.2"], never: ["as-path"] },
  { typed: "bgpd announce 192.0.2.0/24 --origin ", offers: ["igp", "egp", "incomplete"], never: ["next-hop"] },
  { typed: "bgpd check ", offers: ["lab.toml"], never: ["show"] },
  { typed: "bgpd show summary --database ", offers: ["bgpd.db", "other.db"], never: ["peers"] },
  { typed: "bgpd show routes --family ", offers: ["ipv4 unicast", "ipv6 multicast"] },
  { typed: "bgpd show routes --family ipv6", offers: ["ipv6 unicast", "ipv6 multicast"], never: ["ipv4 unicast"] },
  { typed: "bgpd show routes --family ipv6\\ mul", offers: ["ipv6 multicast"], never: ["ipv6 unicast"] },
  { typed: "bgpd sql --mode ", offers: ["table", "csv"] },
  { typed: "bgpd top --", offers: ["--help", "--database"], never: ["--origin-as"] },
  { typed: "bgpd mrt show --peer ", offers: [], never: ["127.0.0.2"] },
  { typed: "bgpd-sql show ", offers: ["peers", "routes"] },
  { typed: "bgpd help ", offers: ["show", "run"] },
];

interface Shell {
  readonly program: string;
  /** The file of its completions. */
  readonly file: string;
  /** A script that prints what is offered for the line of the variable LINE, one word on each line. */
  readonly script: string;
}

const shells: readonly Shell[] = [
  {
    program: "bash",
    file: "bgpd.bash",
    // As an interactive bash sets it; a completion begins behind the last of these.
    script: String.raw`
      . "$FILE"
      COMP_WORDBREAKS=$' \t\n"\'><=;|&(:' COMP_LINE=$LINE COMP_POINT=${"${#LINE}"}
      _bgpd
      last=${"${LINE##* }"}
      case $last in *:*) start=${"${last%:*}"}: ;; *) start= ;; esac
      for word in "${"${COMPREPLY[@]}"}"; do printf '%s%s\n' "$start" "$word"; done`,
  },
  {
    program: "zsh",
    file: "_bgpd",
    // An interactive zsh in a terminal of its own; compadd also writes to a file what it is given.
    script: String.raw`
      zmodload zsh/zpty
      zpty shell "TERM=dumb zsh -f -i"
      say() { zpty -w shell "$1" }
      say 'PS1=; unsetopt beep; autoload -Uz compinit; compinit -u -D'
      say 'compadd() { local -a hits; builtin compadd -O hits "$@"; print -rl -- $hits >>$OFFERED'
      say 'builtin compadd "$@" }'
      say '. $FILE; compdef _bgpd bgpd bgpd-sql; print ready >>$OFFERED'
      until [[ -s $OFFERED ]] { zpty -rt shell output || sleep 0.02 }
      zpty -wn shell "$LINE"$'\t'
      zpty -wn shell $'\C-u\nprint done >>$OFFERED\n'
      until [[ $(tail -n 1 $OFFERED) == done ]] { zpty -rt shell output || sleep 0.02 }
      zpty -d shell
      sed '1d;$d' $OFFERED`,
  },
  {
    program: "fish",
    file: "bgpd.fish",
    script: `source $FILE; complete -C "$LINE" | string replace -r '\\t.*' ''`,
  },
];

/** A folder with a database, a copy of it, a configuration, and the command bgpd. */
async function fixture(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-completions-" });
  smallDatabase(`${folder}/bgpd.db`).close();
  await Deno.copyFile(`${folder}/bgpd.db`, `${folder}/other.db`);
  await Deno.writeTextFile(`${folder}/lab.toml`, "");
  await Deno.mkdir(`${folder}/bin`);
  const command = `#!/bin/sh\nexec '${Deno.execPath()}' run -A --no-check '${root}main.ts' "$@"\n`;
  await Deno.writeTextFile(`${folder}/bin/bgpd`, command, { mode: 0o755 });
  await Deno.symlink("bgpd", `${folder}/bin/bgpd-sql`);
  return folder;
}

async function offeredBy({ program, file, script }: Shell, line: string, folder: string): Promise<string[]> {
  const offered = `${folder}/offered`;
  await Deno.writeTextFile(offered, "");
  const { stdout, stderr } = await new Deno.Command("timeout", {
    args: ["30", program, ...program === "fish" ? ["--no-config"] : [], "-c", script],
    cwd: folder,
    env: {
      PATH: `${folder}/bin:${Deno.env.get("PATH")}`,
      HOME: folder,
      FILE: `${root}packaging/completions/${file}`,
      LINE: line,
      OFFERED: offered,
    },
  }).output();
  const text = new TextDecoder();
  assert.equal(text.decode(stderr), "", `${program} completes "${line}"`);
  return text.decode(stdout).split("\n").map((word) => word.replaceAll("\\", "").trim()).filter((word) => word !== "");
}

for (const shell of shells) {
  const title = `${shell.program} completes commands, options, peers, words and files`;
  const missing = missingPrograms([shell.program]);
  if (missing.length > 0) console.error(`SKIPPED: ${title}: not installed: ${missing.join(", ")}`);
  Deno.test({
    name: title,
    ignore: missing.length > 0 && !peersRequired,
    fn: async () => {
      assert.deepEqual(missing, [], "the shell is required here");
      const folder = await fixture();
      try {
        for (const { typed, offers, never = [] } of lines) {
          const offered = await offeredBy(shell, typed, folder);
          for (const word of offers) assert.ok(offered.includes(word), `"${typed}" offers ${word}: ${offered}`);
          for (const word of never) assert.ok(!offered.includes(word), `"${typed}" does not offer ${word}: ${offered}`);
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
