/** The page: its frame, the search, the time machine, and the view that the URL names. */

import { html, render, useEffect, useState } from "./vendor/preact.js";
import { linkTo, readPlace } from "./place.js";
import { useAnswer } from "./api.js";
import { duration, State } from "./parts.js";
import { Help, useKeys } from "./keys.js";
import { SearchBox } from "./search_box.js";
import { TimeMachine } from "./time_machine.js";
import { Now } from "./views/now.js";
import { Peer, Router } from "./views/peer.js";
import { Search } from "./views/search.js";
import { PrefixView } from "./views/prefix.js";
import { AsView } from "./views/as.js";
import { Changes } from "./views/changes.js";
import { TableMap } from "./views/map.js";
import { Alerts } from "./views/alerts.js";

const views = {
  now: { title: "Now", View: Now },
  changes: { title: "Changes", View: Changes },
  map: { title: "Route map", View: TableMap },
  alerts: { title: "Alerts", View: Alerts },
  peer: { title: "Peer", View: Peer },
  router: { title: "Router", View: Router },
  search: { title: "Search", View: Search },
  prefix: { title: "Prefix", View: PrefixView },
  as: { title: "AS", View: AsView },
};
const tabs = ["now", "changes", "map", "alerts"];

function Page() {
  const [place, setPlace] = useState(readPlace());
  const [help, setHelp] = useState(false);
  const status = useAnswer("/status", {}, 5_000);
  useEffect(() => {
    const onHash = () => {
      setPlace(readPlace());
      scrollTo(0, 0);
    };
    addEventListener("hashchange", onHash);
    return () => removeEventListener("hashchange", onHash);
  }, []);
  useKeys({ help: () => setHelp((shown) => !shown), close: () => setHelp(false) });
  const { title, View } = views[place.view] ?? { title: "Unknown", View: Unknown };
  const name = status.answer?.title ?? "bgpd";
  useEffect(() => {
    document.title = `${place.target || title} · ${name}`;
  }, [place.target, title, name]);
  return html`
    <header>
      <a class="home" href=${linkTo(
        "now",
      )}><img src="/page/icon.svg" alt="" width="28" height="28"/><span>${name}</span></a>
      <nav aria-label="Views">${tabs.map((view) =>
        html`<a href=${linkTo(view)} aria-current=${place.view === view ? "page" : undefined}>${views[view].title}</a>`
      )}</nav>
      <${SearchBox} place=${place}/>
        <div class="tools">
          <button type="button" onClick=${switchTheme} title="Light or dark"
            aria-label="Switch between light and dark">◐</button>
          <button type="button" onClick=${() => setHelp(true)} title="Keys (?)" aria-label="Show the keys">?</button>
        </div>
        </header>
        <${Health} state=${status}/>
          <${TimeMachine} at=${place.at}/>
            <main id="main" tabindex="-1">
              <${View} key=${`${place.view} ${place.target}`} place=${place} status=${status.answer}/></main>
    ${help && html`<${Help} close=${() => setHelp(false)}/>`}
  `;
}

/** What is wrong with the router or with these data, before everything else. */
function Health({ state: { answer, error } }) {
  if (error) return html`<p class="health bad" role="alert">${error.message}</p>`;
  if (!answer) return html`<p class="health dim">Loading…</p>`;
  const { router, age_seconds: age } = answer;
  if (router.state !== "running") {
    const since = router.ended_at === null ? "" : ` since ${router.ended_at.slice(0, 19).replace("T", " ")} UTC`;
    return html`<p class="health bad" role="alert">The router is not running${since}: the page shows what it had
      ${age === null ? "" : ` ${duration(age)} ago`}.</p>`;
  }
  return html`
    <p class="health">
      <${State} good=${true}>running<//> since ${duration(
        (Date.parse(answer.now) - Date.parse(router.started_at)) / 1000,
      )}
        <span class="dim"> · bgpd ${router.version ?? answer.version}${router.router_id
          ? ` · ${router.router_id}`
          : ""}</span></p>
  `;
}

function Unknown({ place }) {
  return html`
    <h1>There is no view “${place.view}”</h1>
    <p><a href=${linkTo("now")}>Go to the start</a></p>
  `;
}

function switchTheme() {
  const { dataset } = document.documentElement;
  const isDark = dataset.theme === undefined
    ? matchMedia("(prefers-color-scheme: dark)").matches
    : dataset.theme === "dark";
  dataset.theme = isDark ? "light" : "dark";
  try {
    localStorage.setItem("theme", dataset.theme);
  } catch {
    // The choice holds until the page is closed.
  }
}

render(
  html`
    <${Page} />
  `,
  document.getElementById("app"),
);
