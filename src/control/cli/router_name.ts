/** Finds the router that an argument means: by its name, or an address that no other router has. */

import type { RouterState, StoreReader } from "../../store/mod.ts";
import { canonicalAddress } from "../../types/mod.ts";
import { CommandError } from "./command.ts";

/** Throws {@link CommandError} where there is none. */
export async function routerNamed(reader: StoreReader, text: string): Promise<RouterState> {
  const routers = await reader.routers();
  const named = routers.find(({ router }) => router === text);
  if (named !== undefined) return named;
  const address = canonicalAddress(text) ?? text;
  const there = routers.filter((router) => router.address === address);
  if (there.length === 1) return there[0]!;
  if (there.length > 1) {
    throw new CommandError(`several routers report from ${address}: ${there.map(({ router }) => router).join(", ")}`);
  }
  const known = routers.map(({ router }) => router).join(", ");
  throw new CommandError(`there is no router ${text}${known === "" ? ": no router has reported yet" : `: ${known}`}`);
}
