/**
 * One key of the configuration is one row: its type, its description, its default, the settings it decides, what a
 * reload does where one of these differs, and when the key has no effect. Everything else about a key is derived from
 * its row.
 */

import type { ValueType } from "./value_type.ts";

/** One known key of a table. */
export interface Key<T> {
  readonly type: ValueType<T>;
  /** One line for people who write a configuration. */
  readonly doc: string;
  /** A value as it stands in the file. Lists of tables have none. */
  readonly example?: string;
  readonly default?: NoInfer<T>;
  /** What holds without the key, where that is not a plain value or does not read well as one. */
  readonly defaultText?: string;
  readonly aliases?: readonly string[];
}

/** What a reload does with a field of the settings that differs. */
export type ReloadClass =
  /** The new value applies at once. A session stays up. */
  | "applies"
  /** As `applies`; the RIB evaluates all stored routes again. */
  | "reevaluates"
  /** OPEN, its outcome or the connection depends on the field: a session resets, unless these come out the same. */
  | "resets"
  /** The new value applies when bgpd starts again. */
  | "next start"
  /** Another value means another peer: the reload removes one peer and adds the other. */
  | "replaces";

/**
 * A key of the speaker, of a peer or of a group. `F`: the fields it decides. `S`: the settings that {@link noEffect}
 * reads.
 */
export interface SettingKey<T, F extends string = string, S = never> extends Key<T> {
  readonly sets: Readonly<Record<F, ReloadClass>>;
  /** For a key of the top level that decides a field of every peer. */
  readonly setsOfPeers?: Readonly<Record<string, ReloadClass>>;
  /** Why the key, where somebody wrote it, has no effect beside the other settings; `undefined`: it has an effect. */
  readonly noEffect?: (settings: S) => string | undefined;
}

export type KeyTable = Readonly<Record<string, Key<unknown>>>;
export type SettingTable = Readonly<Record<string, SettingKey<unknown>>>;

interface Default<T> {
  readonly default: NoInfer<T>;
}

/** A row of a table that lists something: routes, sets, rules. */
export function key<T>(row: Key<T> & Default<T>): Key<T> & { readonly default: T };
export function key<T>(row: Key<T>): Key<T>;
export function key<T>(row: Key<T>): Key<T> {
  return row;
}

/** A row of the speaker's or a peer's keys. */
export function setting<T, F extends string, S = unknown>(
  row: SettingKey<T, F, S> & Default<T>,
): SettingKey<T, F, NoInfer<S>> & { readonly default: T };
export function setting<T, F extends string, S = unknown>(row: SettingKey<T, F, S>): SettingKey<T, F, NoInfer<S>>;
export function setting<T, F extends string, S>(row: SettingKey<T, F, S>): SettingKey<T, F, S> {
  return row;
}

/** Each key of a table with its row. */
export function rowsOf<K extends KeyTable>(keys: K): [keyof K & string, K[keyof K & string]][] {
  return Object.entries(keys) as ReturnType<typeof rowsOf<K>>;
}

/** The values that a table gives, without defaults. */
export type Values<K extends KeyTable> = { readonly [N in keyof K]?: K[N] extends Key<infer T> ? T : never };

/** The values of all keys, defaults included. */
export type Filled<K extends KeyTable> = {
  readonly [N in keyof K]: K[N] extends Key<infer T> ? K[N] extends { readonly default: T } ? T : T | undefined : never;
};

export function filled<K extends KeyTable>(keys: K, values: Values<K>): Filled<K> {
  return Object.fromEntries(
    Object.entries(keys).map(([name, { default: otherwise }]) => [name, values[name] ?? otherwise]),
  ) as Filled<K>;
}

/** For {@link SettingKey.noEffect}: the reason, unless the condition holds. */
export function unless(holds: boolean, reason: string): string | undefined {
  return holds ? undefined : reason;
}
