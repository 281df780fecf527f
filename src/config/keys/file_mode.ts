/** Who may read and write a file. */

import { type ValueType, wrong } from "./value_type.ts";

/** Permission bits; the owner always reads and writes. */
export const fileMode: ValueType<number> = {
  name: 'mode, such as "0640"',
  parse(node, key, report) {
    const mode = node.kind === "string" && /^0?[0-7]{3}$/.test(node.value) ? parseInt(node.value, 8) : undefined;
    if (mode !== undefined && (mode & 0o711) === 0o600) return mode;
    return wrong(node, key, 'a mode such as "0640": the owner can read and write, and nobody can execute', report);
  },
};
