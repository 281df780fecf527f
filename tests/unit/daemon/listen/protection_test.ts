/** Keys and hops of peers on listeners, at start and after a reload. */
import assert from "node:assert/strict";
import { parseConfig } from "../../../../src/config/mod.ts";
import { readKeys, readSecrets, SecretsError } from "../../../../src/daemon/config/secrets.ts";
import { Protection } from "../../../../src/daemon/listen/protection.ts";
import { type Listener, TransportError } from "../../../../src/transport/mod.ts";

function config(text: string) {
  const result = parseConfig(`router_id = "1.1.1.1"\ndefault_as = 65000\n${text}`);
  assert.ok(result.kind === "config", JSON.stringify(result));
  return result.config;
}

function peer(ip: string, more = ""): string {
  return `[[peers]]\nremote_ip = "${ip}"\nremote_as = 65001\n${more}\n`;
}

function listener(address: string): Listener & { said: string[] } {
  const said: string[] = [];
  return {
    address,
    port: 179,
    said,
    accept: () => assert.fail(),
    setMd5: (remote, key) => void said.push(`md5 ${remote} ${key}`),
    setTtlSecurity: (remote, hops) => void said.push(`ttl ${remote} ${hops}`),
    setTtlSecurityForAll: (hops) => void said.push(`ttl of all ${hops}`),
    close() {},
  };
}

Deno.test("a listener gets the settings of peers of its family; :: those of all", () => {
  const protection = new Protection();
  const { peers } = config(peer("192.0.2.1", "ttl_security = 1") + peer("2001:db8::1") + peer("192.0.2.2"));
  protection.replace(peers, new Map([["192.0.2.1", "a"], ["2001:db8::1", "b"]]));
  const [v4, v6, any] = [listener("0.0.0.0"), listener("::1"), listener("::")];
  for (const each of [v4, v6, any]) protection.listen(each);
  assert.deepEqual(v4.said, ["md5 192.0.2.1 a", "ttl 192.0.2.1 1"]);
  assert.deepEqual(v6.said, ["md5 2001:db8::1 b"]);
  assert.deepEqual(any.said, ["md5 192.0.2.1 a", "ttl 192.0.2.1 1", "md5 2001:db8::1 b"]);
});

Deno.test("a reload sets new keys and distances, removes old ones, and does not touch the rest", () => {
  const protection = new Protection();
  const stays = peer("192.0.2.1", "ttl_security = 1");
  protection.replace(
    config(stays + peer("192.0.2.2", "ttl_security = 2")).peers,
    new Map([["192.0.2.1", "a"], ["192.0.2.2", "b"]]),
  );
  const v4 = listener("127.0.0.1");
  protection.listen(v4);
  v4.said.length = 0;
  const keys = new Map([["192.0.2.1", "a"], ["192.0.2.3", "c"]]);
  protection.replace(config(stays + peer("192.0.2.3", "ttl_security = 3")).peers, keys);
  assert.deepEqual(v4.said, [
    "md5 192.0.2.2 undefined",
    "ttl 192.0.2.2 undefined",
    "md5 192.0.2.3 c",
    "ttl 192.0.2.3 3",
    "ttl of all 3",
  ]);
});

Deno.test("if every peer of a listener has GTSM, the listener requires it of all connections", () => {
  const protection = new Protection();
  const [v4, v6] = [listener("127.0.0.1"), listener("::1")];
  const both = peer("192.0.2.1", "ttl_security = 1") + peer("192.0.2.0/24", "ttl_security = 3");
  protection.replace(config(both + peer("2001:db8::1")).peers, new Map());
  for (const each of [v4, v6]) protection.listen(each);
  assert.equal(v4.said.at(-1), "ttl of all 3");
  assert.deepEqual(v6.said, []);
  protection.replace(config(both + peer("192.0.2.2")).peers, new Map());
  assert.equal(v4.said.at(-1), "ttl of all undefined");
});

Deno.test("a setting that the kernel refuses changes nothing: the settings before it are undone", () => {
  const protection = new Protection();
  const before = config(peer("192.0.2.1", "ttl_security = 1") + peer("192.0.2.2"));
  protection.replace(before.peers, new Map([["192.0.2.1", "a"]]));
  const v4 = listener("127.0.0.1");
  protection.listen({
    ...v4,
    setMd5(remote, key) {
      v4.setMd5(remote, key);
      if (key === "refused") throw new TransportError("unsupported", "no TCP MD5");
    },
  });
  v4.said.length = 0;
  const after = config(peer("192.0.2.1", "ttl_security = 2") + peer("192.0.2.2", "ttl_security = 3")).peers;
  const keys = new Map([["192.0.2.1", "b"], ["192.0.2.2", "refused"]]);
  assert.throws(() => protection.replace(after, keys), TransportError);
  assert.deepEqual(v4.said, [
    "md5 192.0.2.1 b",
    "ttl 192.0.2.1 2",
    "md5 192.0.2.2 refused",
    "ttl 192.0.2.1 1",
    "md5 192.0.2.1 a",
  ]);
  assert.equal(protection.keyOf("192.0.2.1"), "a");
});

Deno.test("keys and the token are read from their files; each unreadable file is one sentence", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/key`, "s3cret\n");
    await Deno.writeTextFile(`${folder}/token`, "correct-horse\n");
    await Deno.writeTextFile(`${folder}/short`, "x\n");
    const good = config(`api_token_file = "${folder}/token"\n${peer("192.0.2.1", `password_file = "${folder}/key"`)}`);
    const { keys, apiToken } = await readSecrets(good);
    assert.deepEqual([keys.get("192.0.2.1"), apiToken], ["s3cret", "correct-horse"]);
    await assert.rejects(
      readKeys(config(peer("192.0.2.1", `password_file = "${folder}/none"`)).peers),
      (error: Error) =>
        error instanceof SecretsError &&
        /^cannot read the password file .* of peer 192\.0\.2\.1: there is no such file; password_file is the path/.test(
          error.message,
        ),
    );
    for (const [name, text, octets] of [["empty", "\n", 0], ["long", "ä".repeat(41), 82]] as const) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
      await assert.rejects(
        readKeys(config(peer("192.0.2.1", `password_file = "${folder}/${name}"`)).peers),
        (error: Error) =>
          error instanceof SecretsError &&
          error.message.endsWith(`of peer 192.0.2.1 has ${octets} octets: write a key of 1 to 80 octets into it`),
      );
    }
    await assert.rejects(
      readKeys(config(peer("192.0.2.1", 'password_file = "no-such-key"')).peers),
      (error: Error) => error.message.startsWith(`cannot read the password file ${Deno.cwd()}/no-such-key of peer`),
    );
    await assert.rejects(
      readSecrets(config(`api_token_file = "${folder}/none"`)),
      /cannot read api_token_file .*: there is no such file; write a token into it, at least 8 characters/,
    );
    await assert.rejects(readSecrets(config(`api_token_file = "${folder}"`)), /: it is a folder; write a token/);
    await assert.rejects(
      readSecrets(config(`api_token_file = "${folder}/short"`)),
      /the token is too short, or has spaces; write a token into it/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
