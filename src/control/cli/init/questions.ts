/** Asks on a terminal for what the command line does not say. An empty answer takes the value in brackets. */

import { CommandError, type Io } from "../command.ts";
import { keyProblem, peerProblem, peersOf, problemOf } from "./checks.ts";
import { type Choices, defaultDatabase, defaultListen, isRole, type Role, roleMeanings, roles } from "./choices.ts";

/** What the command line says already. */
export interface Given {
  readonly role: Role | undefined;
  /** Our AS and router id; `routerId` may be that of the machine. */
  readonly asn: string | undefined;
  readonly routerId: string | undefined;
  readonly machineRouterId: string | undefined;
  readonly passwordFile: string | undefined;
  readonly peers: readonly string[];
  readonly listen: readonly string[];
  readonly database: string | undefined;
}

/** Asks what the command line does not say. An answer is checked as the whole configuration will be. */
export async function askFor(io: Io, file: string, given: Given): Promise<Choices> {
  const questions = new Questions(io);
  const target = file === "-" ? "the configuration" : file;
  io.message(
    `Questions for ${target}: an empty answer takes the value in [brackets]; Ctrl-C ends, nothing is written.`,
  );
  try {
    const role = given.role ?? await askRole(io, questions);
    let choices: Choices = {
      role,
      routerId: given.routerId ?? "192.0.2.1",
      asn: given.asn ?? "65000",
      listen: given.listen.length > 0 ? given.listen : defaultListen(role, []),
      database: given.database ?? defaultDatabase(file),
      passwordFile: given.passwordFile,
      peers: [],
    };
    const ask = async (
      question: string,
      otherwise: string | undefined,
      apply: (answer: string) => Partial<Choices>,
    ) => {
      const problem = (text: string) =>
        text === "" ? "this needs an answer" : problemOf({ ...choices, ...apply(text) });
      choices = { ...choices, ...apply(await questions.ask(question, otherwise, problem)) };
    };
    if (given.asn === undefined) await ask("Our AS", undefined, (asn) => ({ asn: asn.replace(/^AS/i, "") }));
    if (given.routerId === undefined) await ask("Router id", given.machineRouterId, (routerId) => ({ routerId }));
    choices = await withPeers(choices, given.peers, questions);
    if (given.listen.length === 0) {
      const sockets = defaultListen(role, choices.peers).join(" ");
      await ask("Listen on", sockets, (text) => ({ listen: text.split(/[\s,]+/) }));
    }
    if (given.database === undefined) await ask("Database", choices.database, (database) => ({ database }));
    return given.passwordFile === undefined ? await withPassword(choices, questions) : choices;
  } finally {
    await questions.end();
  }
}

async function askRole(io: Io, questions: Questions): Promise<Role> {
  const width = Math.max(...roles.map((role) => role.length));
  for (const role of roles) io.message(`  ${role.padEnd(width)}  ${roleMeanings[role]}`);
  const answer = await questions.ask(
    "Role",
    "collector",
    (text) => isRole(text) ? undefined : `a role is one of ${roles.join(", ")}`,
  );
  return isRole(answer) ? answer : "collector";
}

async function withPeers(choices: Choices, given: readonly string[], questions: Questions): Promise<Choices> {
  if (given.length > 0) return { ...choices, peers: peersOf(given, choices) };
  let all = choices;
  for (;;) {
    const answer = await questions.ask(
      "Peer, as ADDRESS AS DESCRIPTION (empty: no more)",
      "",
      (text) => text === "" ? undefined : peerProblem(text, all),
    );
    if (answer === "") return all;
    all = { ...all, peers: [...all.peers, ...peersOf([answer], all)] };
  }
}

async function withPassword(choices: Choices, questions: Questions): Promise<Choices> {
  const answer = await questions.ask(
    "File with the TCP-MD5 key (empty: none)",
    "",
    (path) => path === "" ? undefined : keyProblem(path),
  );
  return { ...choices, passwordFile: answer === "" ? undefined : answer };
}

class Questions {
  readonly #io: Io;
  readonly #lines: AsyncIterator<string>;

  constructor(io: Io) {
    this.#io = io;
    this.#lines = io.lines()[Symbol.asyncIterator]();
  }

  /**
   * Asks until `problem` finds nothing wrong with the answer. Throws {@link CommandError} at the end of the input.
   * `otherwise`: the answer to an empty line.
   */
  async ask(
    question: string,
    otherwise: string | undefined,
    problem: (answer: string) => string | undefined,
  ): Promise<string> {
    for (;;) {
      this.#prompt(`${question}${otherwise === undefined || otherwise === "" ? "" : ` [${otherwise}]`}: `);
      const { value, done } = await this.#lines.next();
      if (done === true) throw new CommandError("the input ended before the last question: no file is written");
      const answer = value.trim() === "" ? otherwise ?? "" : value.trim();
      const wrong = problem(answer);
      if (wrong === undefined) return answer;
      this.#io.message(`  ${wrong}`);
    }
  }

  async end(): Promise<void> {
    await this.#lines.return?.();
  }

  /** On the line of the answer, where standard output is the terminal. */
  #prompt(text: string): void {
    if (this.#io.outputIsTerminal) this.#io.write(text);
    else this.#io.message(text.trimEnd());
  }
}
