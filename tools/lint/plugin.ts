/**
 * The rules of this project, run by `deno lint`. `layers.ts` holds the order of the folders; each rule is one function
 * over the syntax tree.
 */
import { consoleRule, enumRule, hashPrivateRule } from "./habit_rules.ts";
import { importRule } from "./import_rule.ts";
import { promiseRule } from "./promise_rule.ts";
import { purityRule } from "./purity_rule.ts";
import { functionLengthRule, lineLengthRule } from "./size_rules.ts";

export default {
  name: "bgpd",
  rules: {
    "imports": importRule,
    "purity": purityRule,
    "console": consoleRule,
    "hash-private": hashPrivateRule,
    "no-enum": enumRule,
    "function-length": functionLengthRule,
    "line-length": lineLengthRule,
    "promises": promiseRule,
  },
} satisfies Deno.lint.Plugin;
