/**
 * Mutation that knows the structure of messages: it takes a message apart as far as it can, changes one part, and puts
 * the message together again. Most lengths then fit, so that the fault lies deeper than the header.
 */
import { MessageType, messageType } from "../../src/message/mod.ts";
import type { Random } from "./random.ts";

const headerBytes = 19;
const openFixedBytes = 10;

/** What is put into other messages: attributes of the seeds, whole, and capabilities. */
export interface Pool {
  readonly messages: readonly Uint8Array[];
  readonly attributes: readonly Uint8Array[];
  readonly capabilities: readonly Uint8Array[];
}

/** A seed's relatives: from "one bit" to "hardly recognisable". */
export function mutate(random: Random, seed: Uint8Array, pool: Pool): Uint8Array {
  let message = seed;
  for (let rounds = 1 + random.below(3); rounds > 0; rounds--) {
    const type = message.length >= headerBytes ? messageType(message, 0) : 0;
    if (random.chance(15)) message = scratch(random, message);
    else if (type === MessageType.update) message = mutateUpdate(random, message, pool);
    else if (type === MessageType.open) message = mutateOpen(random, message, pool);
    else message = withHeader(type, edit(random, message.subarray(headerBytes)));
  }
  if (random.chance(3)) message = splice(random, message, random.pick(pool.messages));
  // A message the framer refuses tells of the framer only.
  return random.chance(95) ? repaired(message) : message;
}

/** Attributes and capabilities of these messages, as far as they can be found. */
export function poolOf(messages: readonly Uint8Array[]): Pool {
  const attributes: Uint8Array[] = [];
  const capabilities: Uint8Array[] = [];
  for (const message of messages) {
    if (message.length < headerBytes) continue;
    const type = messageType(message, 0);
    if (type === MessageType.update) attributes.push(...takeApart(message).attributes);
    if (type === MessageType.open) capabilities.push(...capabilitiesOf(message));
  }
  return { messages, attributes, capabilities };
}

interface Update {
  withdrawn: Uint8Array;
  attributes: Uint8Array[];
  nlri: Uint8Array;
}

/** Never fails: what does not fit becomes part of the last thing that did. */
function takeApart(message: Uint8Array): Update {
  const u16 = (at: number) => ((message[at] ?? 0) << 8) | (message[at + 1] ?? 0);
  const withdrawnEnd = Math.min(headerBytes + 2 + u16(headerBytes), message.length);
  const attributesEnd = Math.min(withdrawnEnd + 2 + u16(withdrawnEnd), message.length);
  const attributes: Uint8Array[] = [];
  for (let at = withdrawnEnd + 2; at < attributesEnd;) {
    const long = (message[at]! & 0x10) !== 0;
    const length = long ? 4 + u16(at + 2) : 3 + (message[at + 2] ?? 0);
    const end = Math.min(at + length, attributesEnd);
    attributes.push(message.slice(at, end));
    at = end;
  }
  return {
    withdrawn: message.slice(headerBytes + 2, withdrawnEnd),
    attributes,
    nlri: message.slice(attributesEnd),
  };
}

function putTogether(random: Random, { withdrawn, attributes, nlri }: Update): Uint8Array {
  const block = join(attributes);
  const lie = () => random.chance(4) ? random.pick([-1, 1, -3, 3, 256]) : 0;
  return withHeader(
    MessageType.update,
    join([u16(withdrawn.length + lie()), withdrawn, u16(block.length + lie()), block, nlri]),
  );
}

function mutateUpdate(random: Random, message: Uint8Array, pool: Pool): Uint8Array {
  const update = takeApart(message);
  const { attributes } = update;
  const at = random.below(attributes.length);
  switch (random.below(12)) {
    case 0:
      attributes.splice(random.below(attributes.length + 1), 0, randomAttribute(random));
      break;
    case 1:
    case 2:
      if (pool.attributes.length > 0) {
        attributes.splice(random.below(attributes.length + 1), 0, random.pick(pool.attributes));
      }
      break;
    case 3:
      if (attributes.length > 0) attributes.push(attributes[at]!);
      break;
    case 4:
      attributes.splice(at, 1);
      break;
    case 5:
      attributes.sort(() => random.below(3) - 1);
      break;
    case 6:
      update.nlri = editNlri(random, update.nlri);
      break;
    case 7:
      update.withdrawn = editNlri(random, update.withdrawn);
      break;
    default:
      if (attributes.length > 0) attributes[at] = mutateAttribute(random, attributes[at]!);
  }
  return putTogether(random, update);
}

function randomAttribute(random: Random): Uint8Array {
  const code = random.chance(70) ? 1 + random.below(41) : random.below(256);
  const flags = random.pick([0x40, 0x80, 0xc0, 0xe0, 0x50, 0x90, 0xd0, random.octet()]);
  return attributeOf(flags, code, random.octets(random.chance(5) ? 300 : random.below(26)));
}

function attributeOf(flags: number, code: number, value: Uint8Array): Uint8Array {
  const long = (flags & 0x10) !== 0 || value.length > 255;
  const length = long ? u16(value.length) : Uint8Array.of(value.length);
  return join([Uint8Array.of(long ? flags | 0x10 : flags, code), length, value]);
}

/** Its value, its flags or its own length change; the list of attributes stays whole but for the last. */
function mutateAttribute(random: Random, attribute: Uint8Array): Uint8Array {
  const [flags, code] = [attribute[0] ?? 0, attribute[1] ?? 0];
  const value = attribute.subarray((flags & 0x10) === 0 ? 3 : 4);
  switch (random.below(6)) {
    case 0:
      return attributeOf(flags ^ (1 << random.below(8)), code, value);
    case 1:
      return attributeOf(flags ^ 0x10, code, value);
    case 2:
      return attributeOf(flags, code, value.subarray(0, random.below(value.length + 1)));
    case 3: {
      const lying = attribute.slice();
      const at = (flags & 0x10) === 0 ? 2 : 3;
      if (at < lying.length) lying[at] = random.octet();
      return lying;
    }
    default:
      return attributeOf(flags, code, edit(random, value));
  }
}

function editNlri(random: Random, nlri: Uint8Array): Uint8Array {
  if (random.chance(40)) return edit(random, nlri);
  const length = random.chance(90) ? random.below(33) : random.octet();
  const path = random.chance(20) ? random.octets(4) : new Uint8Array(0);
  return join([nlri, path, Uint8Array.of(length), random.octets((length + 7) >> 3)]);
}

function capabilitiesOf(message: Uint8Array): Uint8Array[] {
  const capabilities: Uint8Array[] = [];
  for (let at = headerBytes + openFixedBytes; at + 2 <= message.length;) {
    const end = Math.min(at + 2 + message[at + 1]!, message.length);
    // A parameter of type 2 holds capabilities.
    for (let inner = at + 2; message[at] === 2 && inner + 2 <= end;) {
      const innerEnd = Math.min(inner + 2 + message[inner + 1]!, end);
      capabilities.push(message.slice(inner, innerEnd));
      inner = innerEnd;
    }
    at = end;
  }
  return capabilities;
}

function mutateOpen(random: Random, message: Uint8Array, pool: Pool): Uint8Array {
  const fixed = message.slice(headerBytes, headerBytes + openFixedBytes);
  const capabilities = capabilitiesOf(message);
  const at = random.below(capabilities.length);
  switch (random.below(7)) {
    case 0:
      if (pool.capabilities.length > 0) capabilities.push(random.pick(pool.capabilities));
      break;
    case 1:
      if (capabilities.length > 0) capabilities.push(capabilities[at]!);
      break;
    case 2:
      capabilities.splice(at, 1);
      break;
    case 3: {
      const value = random.octets(random.below(20));
      const code = random.pick([1, 2, 5, 6, 9, 64, 65, 69, 70, 71, 73, 75, random.octet()]);
      capabilities.push(join([Uint8Array.of(code, value.length), value]));
      break;
    }
    case 4:
      fixed[random.below(fixed.length - 1)] = random.octet();
      break;
    default:
      if (capabilities.length > 0) {
        const value = edit(random, capabilities[at]!.subarray(2)).subarray(0, 255);
        capabilities[at] = join([Uint8Array.of(capabilities[at]![0]!, value.length), value]);
      }
  }
  return openOf(random, fixed, capabilities);
}

function openOf(random: Random, fixed: Uint8Array, capabilities: readonly Uint8Array[]): Uint8Array {
  const head = fixed.subarray(0, openFixedBytes - 1);
  const list = join(capabilities);
  // RFC 9072: long parameters, and whoever feels like it.
  if (list.length > 253 || random.chance(10)) {
    return withHeader(
      MessageType.open,
      join([head, Uint8Array.of(255, 255), u16(list.length + 3), Uint8Array.of(2), u16(list.length), list]),
    );
  }
  const each = random.chance(50)
    ? join(capabilities.map((one) => join([Uint8Array.of(2, one.length), one])))
    : join([Uint8Array.of(2, list.length), list]);
  const parameters = each.length > 255 ? join([Uint8Array.of(2, list.length), list]) : each;
  return withHeader(MessageType.open, join([head, Uint8Array.of(parameters.length), parameters]));
}

/** What can happen to octets without a structure. */
export function edit(random: Random, octets: Uint8Array): Uint8Array {
  const at = random.below(octets.length);
  switch (random.below(6)) {
    case 0:
      return join([octets.subarray(0, at), random.octets(1 + random.below(4)), octets.subarray(at)]);
    case 1:
      return join([octets.subarray(0, at), octets.subarray(at + 1 + random.below(4))]);
    case 2:
      return octets.slice(0, at);
    default:
      return scratch(random, octets);
  }
}

/** One octet changes, in place. */
function scratch(random: Random, octets: Uint8Array): Uint8Array {
  const copy = octets.slice();
  if (copy.length === 0) return copy;
  const at = random.below(copy.length);
  copy[at] = random.chance(50) ? copy[at]! ^ (1 << random.below(8)) : random.octet();
  return copy;
}

function splice(random: Random, one: Uint8Array, other: Uint8Array): Uint8Array {
  return join([one.subarray(0, random.below(one.length)), other.subarray(random.below(other.length))]);
}

function withHeader(type: number, body: Uint8Array): Uint8Array {
  return repaired(join([new Uint8Array(headerBytes - 1), Uint8Array.of(type), body]));
}

/** The marker and the length of the header, as they have to be. */
export function repaired(message: Uint8Array): Uint8Array {
  const copy = new Uint8Array(Math.max(headerBytes, message.length));
  copy.set(message);
  copy.fill(255, 0, 16);
  copy[16] = copy.length >>> 8;
  copy[17] = copy.length;
  return copy.length > 65535 ? repaired(copy.subarray(0, 65535)) : copy;
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
