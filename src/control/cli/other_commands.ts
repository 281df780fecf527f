/** Commands of birdc, vtysh, gobgp, bgpctl and exabgpcli, with the command of bgpd that does the same. */

/** The last argument of both sides may be X, which stands for any word. */
type Row = readonly [theirs: string, ours: string];

/**
 * In the words that are left after {@link plain}. The row with most words counts, so a longer row may follow a shorter
 * one.
 */
export const otherCommands: readonly Row[] = [
  // birdc
  ["show status", "show summary"],
  ["status", "show summary"],
  ["version", "show summary"],
  ["show protocols", "show peers"],
  ["show protocols all", "show peers detail"],
  ["show protocols all X", "show peer X"],
  ["show protocols X", "show peer X"],
  ["show route", "show routes"],
  ["show route all", "show routes"],
  ["show route count", "show summary"],
  ["show route for X", "show routes X"],
  ["show route where", "show routes --help"],
  ["show route protocol X", "show routes --peer X"],
  ["show route export X", "show advertised X"],
  ["show route noexport X", "show advertised X --all"],
  ["show route filtered", "show routes --rejected"],
  ["show route X", "show routes X"],
  ["show static", "show announcements"],
  ["show memory", "show summary"],
  ["show symbols", "check --keys"],
  ["eval X", "policy test --help"],
  ["configure", "reload"],
  ["configure check", "check bgpd.toml"],
  ["configure soft", "reload"],
  ["enable X", "peer enable X"],
  ["disable X", "peer disable X"],
  ["restart X", "peer reset X"],
  ["reload X", "peer refresh X"],
  ["reload in X", "peer refresh X --in"],
  ["reload out X", "peer refresh X --out"],
  // vtysh
  ["show bgp", "show routes"],
  ["show bgp X", "show routes X"],
  ["show bgp summary", "show peers"],
  ["show bgp neighbors", "show peers detail"],
  ["show bgp neighbors X", "show peer X"],
  ["show bgp neighbors X advertised-routes", "show advertised X"],
  ["show bgp neighbors X routes", "show routes --peer X"],
  ["show bgp neighbors X received-routes", "show routes --received --peer X"],
  ["show bgp neighbors X filtered-routes", "show routes --rejected --peer X"],
  ["show bgp community X", "show routes --community X"],
  ["show bgp large-community X", "show routes --community X"],
  ["show bgp regexp X", "show routes --as-path X"],
  ["show bgp statistics", "show summary"],
  ["show bgp memory", "show summary"],
  ["show bgp attribute-info", "show summary"],
  ["show running-config", "peer list"],
  ["show configuration", "peer list"],
  ["show prefix-list", "policy test --help"],
  ["show route-map", "policy test --help"],
  ["configure terminal", "reload"],
  ["write", "reload"],
  ["router bgp", "run bgpd.toml"],
  ["clear bgp", "peer reset --help"],
  ["clear bgp *", "peer reset --help"],
  ["clear bgp X", "peer reset X"],
  ["clear bgp X soft", "peer refresh X"],
  ["clear bgp X soft in", "peer refresh X --in"],
  ["clear bgp X soft out", "peer refresh X --out"],
  ["clear bgp X in", "peer refresh X --in"],
  ["clear bgp X out", "peer refresh X --out"],
  ["debug bgp", "run bgpd.toml -vv"],
  ["show version", "show summary"],
  // gobgp
  ["global", "show summary"],
  ["global rib", "show routes"],
  ["global rib X", "show routes X"],
  ["global rib add X", "announce X"],
  ["global rib del X", "withdraw X"],
  ["global rib summary", "show summary"],
  ["global policy", "policy test --help"],
  ["neighbor", "show peers"],
  ["neighbor X", "show peer X"],
  ["neighbor add X", "peer add X"],
  ["neighbor del X", "peer remove X"],
  ["neighbor X adj-in", "show routes --received --peer X"],
  ["neighbor X adj-out", "show advertised X"],
  ["neighbor X reset", "peer reset X"],
  ["neighbor X softreset", "peer refresh X"],
  ["neighbor X softresetin", "peer refresh X --in"],
  ["neighbor X softresetout", "peer refresh X --out"],
  ["neighbor X shutdown", "peer disable X"],
  ["neighbor X enable", "peer enable X"],
  ["neighbor X disable", "peer disable X"],
  ["monitor", "watch"],
  ["monitor global rib", "watch"],
  ["monitor neighbor", "watch"],
  ["monitor adj-in X", "watch --peer X"],
  ["mrt inject", "mrt import --help"],
  ["mrt dump", "mrt export --help"],
  // bgpctl
  ["show rib", "show routes"],
  ["show rib X", "show routes X"],
  ["show rib as X", "show routes --as-path X"],
  ["show rib source-as X", "show routes --origin-as X"],
  ["show rib community X", "show routes --community X"],
  ["show rib neighbor X", "show routes --peer X"],
  ["show rib in neighbor X", "show routes --received --peer X"],
  ["show rib out neighbor X", "show advertised X"],
  ["show rib summary", "show summary"],
  ["show network", "show announcements"],
  ["show tables", "show summary"],
  ["show metrics", "show summary"],
  ["network add X", "announce X"],
  ["network delete X", "withdraw X"],
  ["network show", "show announcements"],
  ["neighbor X clear", "peer reset X"],
  ["neighbor X destroy", "peer remove X"],
  ["neighbor X down", "peer disable X"],
  ["neighbor X up", "peer enable X"],
  ["neighbor X refresh", "peer refresh X --in"],
  // exabgpcli
  ["show adj-rib in", "show routes --received"],
  ["show adj-rib out", "show advertised --help"],
  ["neighbor X announce", "announce --help"],
  ["neighbor X withdraw", "withdraw --help"],
  ["teardown X", "peer reset X"],
  ["shutdown", "run --help"],
];

/** Programs whose name may stand in front. */
const programs = new Set(["birdc", "birdcl", "vtysh", "gobgp", "bgpctl", "exabgpcli", "bgpd"]);
/** Words that make no difference here: bgpd speaks BGP only, and shows all families. */
const fillers = new Set(["ip", "ipv4", "ipv6", "unicast", "sudo"]);

/** Options of ours whose value is no word of the command. */
const ourOptions = /^(-d|--database|--config|-p|-a)$/;

/** The words of a command line, without options; of `vtysh -c "show bgp"` with those of its option. */
function wordsOf(args: readonly string[]): string[] {
  const rest = args.filter((_, i) => !ourOptions.test(args[i - 1] ?? ""));
  return rest.flatMap((arg) => arg.split(/\s+/)).filter((word) => word !== "" && !word.startsWith("-"));
}

/** The words without the program and without words that make no difference. */
function plain(typed: readonly string[]): string[] {
  const words = typed.filter((word) => !fillers.has(word));
  while (programs.has(words[0] ?? "")) words.shift();
  return words;
}

/**
 * What to type instead of a command of another program; `undefined`: no program that we know has it. `literalWords`: so
 * many words at least have to be those of a row, where a command of ours begins in the same way.
 */
export function otherCommand(args: readonly string[], { literalWords = 1 } = {}): string | undefined {
  const typed = wordsOf(args);
  const words = plain(typed);
  let best: { readonly row: Row; readonly rank: number; readonly x: string | undefined } | undefined;
  for (const row of otherCommands) {
    const pattern = row[0].split(" ");
    if (pattern.filter((part) => part !== "X").length < literalWords) continue;
    const found = match(pattern, words);
    if (found !== undefined && found.rank > (best?.rank ?? 0)) best = { row, ...found };
  }
  if (best === undefined) return undefined;
  return `"${typed.join(" ")}" is a command of another program; here it is: bgpd ${
    best.row[1].replace(/\bX\b/, () => best.x ?? "X")
  }`;
}

/** `rank`: a word counts more than the X at its place. */
function match(
  pattern: readonly string[],
  words: readonly string[],
): { readonly rank: number; readonly x: string | undefined } | undefined {
  let x: string | undefined;
  let rank = 0;
  for (const [i, part] of pattern.entries()) {
    const word = words[i];
    if (word === undefined) return undefined;
    if (part === "X") x = word;
    else if (!isSame(part, word)) return undefined;
    rank += part === "X" ? 2 : 3;
  }
  return { rank, x };
}

/** Other programs take one neighbour or several, and British spelling. */
function isSame(part: string, word: string): boolean {
  const singular = (text: string) => text.replace("neighbour", "neighbor").replace(/s$/, "");
  return singular(part) === singular(word);
}
