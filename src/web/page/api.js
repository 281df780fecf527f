/** The read API: one function that asks, and the states of an answer for the views. */

import { useEffect, useState } from "./vendor/preact.js";

/** Throws an error with a sentence for people. */
export async function ask(path, parameters = {}, signal = undefined) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, value);
  }
  let response;
  try {
    response = await fetch(`/api/v1${path}${query.size === 0 ? "" : `?${query}`}`, { signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("bgpd web does not answer; the page asks again");
  }
  if (response.ok) return await response.json();
  const text = await response.text();
  throw Object.assign(new Error(reasonOf(text) ?? `the server answered ${response.status}`), {
    status: response.status,
  });
}

function reasonOf(text) {
  try {
    return JSON.parse(text).detail;
  } catch {
    return text.trim() || undefined;
  }
}

/**
 * Asks when the view appears and when a parameter changes, and again every `everyMs`. The last answer stays while the
 * next one is on its way.
 */
export function useAnswer(path, parameters = {}, everyMs = 0) {
  const [state, setState] = useState({ answer: undefined, error: undefined, of: undefined });
  const key = path === null ? null : path + JSON.stringify(parameters);
  useEffect(() => {
    if (path === null) return;
    const control = new AbortController();
    let timer;
    const load = async () => {
      try {
        setState({ answer: await ask(path, parameters, control.signal), error: undefined, of: key });
      } catch (error) {
        if (control.signal.aborted) return;
        setState((before) => ({ answer: before.of === key ? before.answer : undefined, error, of: key }));
      }
      if (everyMs > 0 && !control.signal.aborted) timer = setTimeout(load, everyMs);
    };
    load();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [key, everyMs]);
  return state.of === key ? state : { answer: undefined, error: undefined };
}

/** The lines of a long answer, as they come: progress, then the answer. Returns the last one. */
export async function askWithProgress(path, onProgress, signal) {
  const response = await fetch(`/api/v1${path}`, { signal, headers: { accept: "application/x-ndjson" } });
  if (!response.ok) throw new Error(reasonOf(await response.text()) ?? `the server answered ${response.status}`);
  let rest = "", last;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const lines = (rest + part.value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      last = JSON.parse(line);
      if (last.progress !== undefined) onProgress(last.progress);
    }
  }
  return last;
}
