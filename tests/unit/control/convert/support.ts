/** Conversions in a few words, and what their policies do with a route. */
import { parseConfig } from "../../../../src/config/mod.ts";
import { type Conversion, convertBird, convertExabgp, convertFrr } from "../../../../src/control/convert/mod.ts";
import { compilePolicies, type Policies } from "../../../../src/policy/mod.ts";

export function bird(text: string): Conversion {
  const readIncluded = () => "there is no such file";
  return convertBird({ name: "bird.conf", text }, { secretsFolder: "secrets", readIncluded });
}

export function frr(text: string): Conversion {
  return convertFrr({ name: "frr.conf", text }, { secretsFolder: "secrets" });
}

export function exabgp(text: string): Conversion {
  return convertExabgp({ name: "conf.ini", text }, { secretsFolder: "secrets" });
}

/** The policies of a conversion. Throws if bgpd does not accept the configuration. */
export function policiesIn({ text }: Conversion): Policies {
  const result = parseConfig(text);
  if (result.kind === "errors") throw new Error(`${result.errors.map(({ message }) => message).join("; ")}\n${text}`);
  return compilePolicies(result.config.policies);
}

/** The lines of the output from a header on, without the header and empty lines. */
export function tableOf({ text }: Conversion, header: string, nth = 0): string[] {
  const parts = text.split(`\n${header}\n`);
  return (parts[nth + 1] ?? "").split("\n\n")[0]!.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}
