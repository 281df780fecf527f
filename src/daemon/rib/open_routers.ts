/** Routers that report by BMP: what they send goes from the main thread to the RIB; facts and numbers come back. */

import type { Rib } from "../../rib/mod.ts";
import type { Post, RibToMain, ToRib } from "../thread/messages.ts";

export class OpenRouters {
  readonly #toMain: Post<RibToMain>;
  #reported = "[]";

  constructor(toMain: Post<RibToMain>) {
    this.#toMain = toMain;
  }

  handle(
    message: ToRib & { kind: "routerOpened" | "routerOctets" | "routerClosed" | "routerForgotten" },
    rib: Rib,
  ): void {
    switch (message.kind) {
      case "routerOpened":
        return rib.routerOpened(message.connection, message.terms);
      case "routerOctets": {
        const { connection, buffer, length } = message;
        const facts = rib.routerReceived(connection, buffer.subarray(0, length));
        for (const fact of facts) this.#toMain({ kind: "routerFact", connection, fact });
        return this.#toMain({ kind: "routerCredit", connection, buffer }, [buffer.buffer]);
      }
      case "routerClosed":
        return rib.routerClosed(message.connection, message.reason, message.keep);
      case "routerForgotten":
        return rib.routerForgotten(message.address);
    }
  }

  /** Sends the numbers of all routers where one has changed. */
  report(rib: Rib): void {
    const routers = rib.routerCounters, text = JSON.stringify(routers);
    if (text === this.#reported) return;
    this.#reported = text;
    this.#toMain({ kind: "routerCounters", routers });
  }
}
