/** Changes: as they come, or around the chosen moment; with filters, a pause, and the rate. */

import { html, useEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { ask } from "../api.js";
import { Chart } from "../chart.js";
import { AsPath, Prefix, Table } from "../parts.js";

const shown = 200;
const everyMs = 1_000;
/** The chart has so many seconds. */
const chartSeconds = 600;

const columns = [
  { title: "When", cell: ({ at }) => html`<span class="number">${at.slice(11, 23)}</span>` },
  { title: "Change", cell: ({ kind, ended_by: why }) => html`<${Kind} kind=${kind} why=${why} />` },
  { title: "Prefix", cell: ({ prefix, nlri }) => prefix === null ? nlri : html`<${Prefix} value=${prefix} />` },
  { title: "Peer", cell: ({ peer }) => peer },
  { title: "AS path", cell: ({ as_path: path }) => html`<${AsPath} value=${path} />` },
];

function Kind({ kind, why }) {
  const state = kind === "announce" ? "good" : "bad";
  return html`<span class=${`state ${state}`}>${kind}</span> <span class="dim">${why ?? ""}</span>`;
}

export function Changes({ place }) {
  const [peer, setPeer] = useState("");
  const [prefix, setPrefix] = useState("");
  const [isPaused, setPaused] = useState(false);
  const { rows, rates, error } = useChanges({ peer, prefix, at: place.at, isPaused });
  const empty = place.at === null
    ? "no change in the last minute; the page waits"
    : "no change in the minute before this moment";
  const field = (label, example, value, set) =>
    html`
      <label>${label} <input value=${value} placeholder=${example}
        onChange=${(event) => set(event.target.value.trim())} /></label>
    `;
  return html`
    <h1>Changes</h1>
    <form class="filters" onSubmit=${(event) => event.preventDefault()}>
      ${field("Peer", "name or address", peer, setPeer)}
      ${field("Prefix", "192.0.2.0/24", prefix, setPrefix)}
      <button type="button" aria-pressed=${isPaused} disabled=${place.at !== null}
        onClick=${() => setPaused(!isPaused)}>${isPaused ? "Go on" : "Pause"}</button>
    </form>
    <${Rate} rates=${rates} />
    ${error && html`<p class="error" role="alert">${error.message}</p>`}
    <div aria-live="off">
      <${Table} caption="Changes" rows=${rows} empty=${empty} columns=${columns} />
    </div>
  `;
}

/** Changes in each second that the page has seen. */
function Rate({ rates }) {
  const data = useMemo(() => {
    const seconds = [...rates.keys()].sort((a, b) => a - b);
    if (seconds.length < 2) return undefined;
    const times = Array.from({ length: seconds.at(-1) - seconds[0] + 1 }, (_, i) => seconds[0] + i);
    const values = (kind) => times.map((time) => rates.get(time)?.[kind] ?? 0);
    return {
      times,
      series: [
        { label: "announced", colour: "--accent", values: values("announce") },
        { label: "withdrawn", colour: "--bad", values: values("withdraw") },
      ],
    };
  }, [rates]);
  if (data === undefined) return "";
  return html`
    <${Chart} ...${data} label="changes of routes in each second; drag to choose a moment" />
    <p class="dim hint-line">Drag along the chart to choose a moment.</p>
  `;
}

/** The rates with some more changes; of the last seconds only. */
function counted(rates, changes) {
  if (changes.length === 0) return rates;
  const more = new Map(rates);
  for (const { at, kind } of changes) {
    const second = Math.floor(Date.parse(at) / 1000);
    const { announce, withdraw } = more.get(second) ?? { announce: 0, withdraw: 0 };
    more.set(second, kind === "announce" ? { announce: announce + 1, withdraw } : { announce, withdraw: withdraw + 1 });
  }
  const newest = Math.max(...more.keys());
  for (const second of more.keys()) if (second < newest - chartSeconds) more.delete(second);
  return more;
}

function keyOf({ at, kind, peer, family, prefix, nlri, path_id: id }) {
  return JSON.stringify([at, kind, peer, family, nlri ?? prefix, id]);
}

const nothing = { rows: [], rates: new Map(), error: undefined };

/** The newest first. Live, the page asks for what came after the last answer. */
function useChanges({ peer, prefix, at, isPaused }) {
  const [state, setState] = useState(nothing);
  const next = useRef(undefined), last = useRef(new Set());
  useEffect(() => {
    next.current = undefined;
    last.current = new Set();
    setState(nothing);
  }, [peer, prefix, at]);
  useEffect(() => {
    if (isPaused) return;
    const control = new AbortController();
    let timer;
    const load = async () => {
      let wait = at === null ? everyMs : undefined;
      try {
        const begin = at === null ? "-1m" : new Date(Date.parse(at) - 60_000).toISOString();
        const question = { after: next.current ?? begin, to: at, peer, prefix, limit: shown };
        const { changes: all, next: following, complete } = await ask("/changes", question, control.signal);
        // The newest changes of an answer can come again with the next one.
        const changes = all.filter((change) => !last.current.has(keyOf(change)));
        last.current = new Set(all.map(keyOf));
        next.current = following;
        setState(({ rows, rates }) => ({
          rows: [...changes.toReversed(), ...rows].slice(0, shown),
          rates: counted(rates, changes),
          error: undefined,
        }));
        if (!complete) wait = 50;
      } catch (error) {
        if (control.signal.aborted) return;
        setState((before) => ({ ...before, error }));
      }
      if (wait !== undefined && !control.signal.aborted) timer = setTimeout(load, wait);
    };
    load();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [peer, prefix, at, isPaused]);
  return state;
}
