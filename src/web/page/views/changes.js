/** Changes: as they come, or around the chosen moment; with filters, a pause, and the rate. */

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { ask } from "../api.js";
import { Rate } from "../time_machine.js";
import { AsPath, Prefix, Table } from "../parts.js";

const shown = 200;
const everyMs = 1_000;

export function Changes({ place }) {
  const [peer, setPeer] = useState("");
  const [prefix, setPrefix] = useState("");
  const [isPaused, setPaused] = useState(false);
  const { rows, error } = useChanges({ peer, prefix, at: place.at, isPaused });
  return html`
    <h1>Changes</h1>
        <form class="filters" onSubmit=${(event) => event.preventDefault()}>
      <label>Peer <input value=${peer} onChange=${(event) =>
        setPeer(event.target.value.trim())} placeholder="name or address"/></label>
      <label>Prefix <input value=${prefix} onChange=${(event) =>
        setPrefix(event.target.value.trim())} placeholder="192.0.2.0/24"/></label>
      <button type="button" aria-pressed=${isPaused} disabled=${place.at !== null} onClick=${() =>
        setPaused(!isPaused)}>${isPaused ? "Go on" : "Pause"}</button>
    </form>
        <${Rate} />
        ${error && html`<p class="error" role="alert">${error.message}</p>`}
        <div aria-live="off">
      <${Table} caption="Changes" rows=${rows} empty=${place.at === null
        ? "no change in the last minute; the page waits"
        : "no change in the minute before this moment"} columns=${[
        { title: "When", cell: ({ at }) => html`<span class="number">${at.slice(11, 23)}</span>` },
        {
          title: "Change",
          cell: ({ kind, ended_by: why }) =>
            html`<span class=${`state ${kind === "announce" ? "good" : "bad"}`}>${kind}</span> <span class="dim">${
              why ?? ""
            }</span>`,
        },
        { title: "Prefix", cell: ({ prefix: of, nlri }) => of === null ? nlri : html`<${Prefix} value=${of}/>` },
        { title: "Peer", cell: ({ peer: name }) => name },
        { title: "AS path", cell: ({ as_path: path }) => html`<${AsPath} value=${path}/>` },
      ]}/>
        </div>
  `;
}

/** The newest first. Live, the page asks for what came after the last answer. */
function useChanges({ peer, prefix, at, isPaused }) {
  const [state, setState] = useState({ rows: [], error: undefined });
  const next = useRef(undefined);
  useEffect(() => {
    next.current = undefined;
    setState({ rows: [], error: undefined });
  }, [peer, prefix, at]);
  useEffect(() => {
    if (isPaused) return;
    const control = new AbortController();
    let timer;
    const load = async () => {
      try {
        const begin = at === null ? "-1m" : new Date(Date.parse(at) - 60_000).toISOString();
        const answer = await ask(
          "/changes",
          { after: next.current ?? begin, to: at, peer, prefix, limit: shown },
          control.signal,
        );
        next.current = answer.next;
        setState(({ rows }) => ({ rows: [...answer.changes.toReversed(), ...rows].slice(0, shown), error: undefined }));
        if (!answer.complete) return timer = setTimeout(load, 50);
      } catch (error) {
        if (control.signal.aborted) return;
        setState(({ rows }) => ({ rows, error }));
      }
      if (at === null && !control.signal.aborted) timer = setTimeout(load, everyMs);
    };
    load();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [peer, prefix, at, isPaused]);
  return state;
}
