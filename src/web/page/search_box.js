/** The search in the head of the page: it answers as people type. */

import { html, useEffect, useRef, useState } from "./vendor/preact.js";
import { ask } from "./api.js";
import { linkTo } from "./place.js";

/** People type faster than that; an answer for each key would be thrown away. */
const pauseMs = 80;
const shown = 12;

/** The view of a result. */
export function linkOf({ kind, target }) {
  return linkTo(kind === "route" ? "prefix" : kind, target);
}

export function SearchBox({ place }) {
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const box = useRef(null);
  const found = useResults(open ? text.trim() : "");
  const results = found?.results ?? [];
  useEffect(() => {
    setOpen(false);
    setText(place.view === "search" ? place.target : "");
  }, [place.view, place.target]);
  useEffect(() => setChosen(-1), [found]);
  const go = (href) => {
    location.hash = href;
    setOpen(false);
    document.getElementById("main")?.focus();
  };
  const keys = {
    ArrowDown: () => setChosen((at) => at + 1 < results.length ? at + 1 : -1),
    ArrowUp: () => setChosen((at) => at >= 0 ? at - 1 : results.length - 1),
    Enter: () => text.trim() !== "" && go(chosen >= 0 ? linkOf(results[chosen]) : linkTo("search", text.trim())),
    Escape: () => box.current.blur(),
  };
  const onKeyDown = (event) => {
    if (keys[event.key] === undefined) return;
    event.preventDefault();
    keys[event.key]();
  };
  const onInput = (event) => {
    setText(event.target.value);
    setOpen(true);
  };
  // A click on a result comes after the box has lost the focus.
  const onBlur = () => setTimeout(() => setOpen(false), 200);
  const isShown = open && found !== undefined;
  const active = chosen >= 0 ? `result-${chosen}` : undefined;
  return html`
    <div class="search" role="search">
      <input id="search" ref=${box} type="search" role="combobox" autocomplete="off" spellcheck="false"
        placeholder="Address, prefix, AS, community, AS path, name" value=${text} aria-label="Search"
        aria-expanded=${isShown} aria-controls="results" aria-activedescendant=${active}
        onInput=${onInput} onFocus=${() => setOpen(true)} onBlur=${onBlur} onKeyDown=${onKeyDown} />
      <kbd class="hint" aria-hidden="true">/</kbd>
      ${isShown && html`<${Results} found=${found} chosen=${chosen} go=${go} />`}
    </div>
  `;
}

/** What a text finds; `undefined`: nothing was asked, or the answer is on its way. */
function useResults(text) {
  const [found, setFound] = useState(undefined);
  useEffect(() => {
    if (text === "") return setFound(undefined);
    const control = new AbortController();
    const timer = setTimeout(() => {
      ask("/search", { q: text, limit: shown }, control.signal).then(setFound, (error) => {
        if (!control.signal.aborted) setFound({ results: [], notice: error.message });
      });
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [text]);
  return found;
}

function Results({ found, chosen, go }) {
  const row = (result, i) =>
    html`
      <li id=${`result-${i}`} role="option" aria-selected=${i === chosen} class=${i === chosen ? "chosen" : ""}
        onMouseDown=${(event) => event.preventDefault()} onClick=${() => go(linkOf(result))}>
        <span class="kind">${result.kind}</span>
        <span class="code">${result.title}</span>
        <span class="dim">${result.detail}</span>
      </li>
    `;
  const nothing = () =>
    html`
      <li class="dim" role="option" aria-disabled="true" aria-selected="false">${found.notice ?? "nothing matches"}</li>
    `;
  return html`
    <ul id="results" role="listbox" aria-label="Results">
      ${found.results.length > 0 ? found.results.map(row) : nothing()}
    </ul>
  `;
}
