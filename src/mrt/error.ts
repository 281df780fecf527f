/** A record that breaks its format. Caught in `decoder.ts`, where it becomes a fault; it never leaves this folder. */
export class MrtError extends Error {}

/** A record of a kind that is not read; the message is the same for all of them. Likewise caught. */
export class MrtNotRead extends Error {}
