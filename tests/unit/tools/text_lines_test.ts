import assert from "node:assert/strict";
import { TextLineStream } from "../../../tools/text_lines.ts";

Deno.test("lines are cut wherever the chunks end", async () => {
  const text = "one\ntwo\r\n\nlast";
  for (let at = 0; at <= text.length; at++) {
    const stream = ReadableStream.from([text.slice(0, at), text.slice(at)]).pipeThrough(new TextLineStream());
    assert.deepEqual((await Array.fromAsync(stream)).join("|"), "one|two||last", `cut at ${at}`);
  }
});
