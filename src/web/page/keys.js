/** Everything by keyboard. */

import { html, useEffect, useRef } from "./vendor/preact.js";
import { linkTo } from "./place.js";

const keys = [
  ["/", "search"],
  ["g n", "Now: peers, routers, caches"],
  ["g c", "Changes, live"],
  ["g m", "Route map"],
  ["g a", "Alerts"],
  ["t", "choose a moment (time machine)"],
  ["l", "back to live"],
  ["↑ ↓", "in the results of a search"],
  ["Tab, Enter", "through links, and open one"],
  ["?", "this help"],
  ["Esc", "close"],
];

const targets = { n: "now", c: "changes", m: "map", a: "alerts" };

export function useKeys({ help, close }) {
  const isGoing = useRef(false);
  useEffect(() => {
    const onKey = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape") return close();
      if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
      const wasGoing = isGoing.current;
      isGoing.current = event.key === "g";
      if (wasGoing && targets[event.key]) location.hash = linkTo(targets[event.key]);
      else if (event.key === "/") focus(event, "search");
      else if (event.key === "t") focus(event, "moment");
      else if (event.key === "l") document.getElementById("live")?.click();
      else if (event.key === "?") help();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

function focus(event, id) {
  event.preventDefault();
  document.getElementById(id)?.focus();
}

export function Help({ close }) {
  const dialog = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current.showModal();
    return () => before?.focus();
  }, []);
  return html`
    <dialog ref=${dialog} onClose=${close} aria-labelledby="help-title">
      <h2 id="help-title">Keys</h2>
      <dl class="keys">${keys.map(([key, does]) =>
        html`
          <div>
            <dt><kbd>${key}</kbd></dt>
            <dd>${does}</dd>
          </div>
        `
      )}</dl>
      <form method="dialog"><button>Close</button></form>
    </dialog>
  `;
}
