/** A prefix: its routes, why each is best or not, its VRPs, its past, and the prefixes around it. */

import { html } from "../vendor/preact.js";
import { useAnswer } from "../api.js";
import { PathGraph } from "../graph.js";
import { Timeline } from "../timeline.js";
import { Answer, As, AsPath, Communities, Notice, Prefix, State, Table, Time, Validity } from "../parts.js";

export function PrefixView({ place }) {
  const { target, at } = place;
  const isPrefix = target.includes("/");
  const now = useAnswer(at === null ? "/explain" : null, { target }, 5_000);
  const then = useAnswer(at === null ? null : "/routes", { [isPrefix ? "prefix" : "address"]: target, at });
  return html`<h1 class="code">${target}</h1>
    ${
    at === null
      ? html`<${Answer} state=${now}>${({ prefixes }) =>
        prefixes.length === 0 ? html`<p class="dim">No peer announces it now.</p>` : prefixes.map((each) =>
          html`
            <${Explained} ...${each} />
          `
        )}<//>`
      : html`<${Answer} state=${then}>${({ routes }) =>
        html`
          <${Notice}>As received at ${at.slice(0, 19).replace("T", " ")} UTC. Which route was best is not recorded.<//>
          <${Routes} routes=${routes}/>
        `}<//>`
  }
    ${
    isPrefix && html`
      <${Past} prefix=${target} at=${at}/>
        <${Around} prefix=${target}/>
          <${Vrps} prefix=${target}/>
    `
  }`;
}

function Explained({ prefix, family, routes, settled }) {
  return html`<section><h2>${prefix} <span class="dim">${family}</span></h2>
    ${!settled && html`<${Notice}>Routes have changed since the last stored decision.<//>`}
    <${PathGraph} routes=${routes}/>
    <ol class="routes">${
    routes.map((route) =>
      html`
        <li class=${route.verdict}>
          <div class="row">
            <${State} good=${route.verdict === "best"
              ? true
              : route.verdict === "ineligible"
              ? false
              : undefined}>${route.verdict}<//>
                <strong>${route.peer}</strong> <${As} value=${route
                  .peer_as}/> <span class="dim">next hop</span> <span class="code">${route.next_hop}</span>
                <${Validity} ovs=${route.ovs} avs=${route.avs}/></div>
              <div><${AsPath} value=${route.as_path}/></div>
              <p class="why">${route.explanation}</p>
              ${route.rpki?.vrps.length > 0 &&
                html`<p class="dim">VRPs: ${
                  route.rpki.vrps.map(({ prefix: of, max_length: most, asn, reason }) =>
                    `${of}-${most} AS${asn} ${reason}`
                  ).join(" · ")
                }</p>`}
              <${Communities} route=${route}/>
              <${Attributes} route=${route}/>
            </li>
      `
    )
  }</ol></section>`;
}

function Attributes({ route }) {
  const values = [
    ["origin", route.origin],
    ["MED", route.med],
    ["local preference", route.local_pref],
    ["path id", route.path_id],
    ["best since", route.best_since],
    ["received", route.received_at],
  ];
  const changed = Object.entries(route.received ?? {});
  return html`<p class="dim attributes">${
    values.filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) =>
        html`<span>${name} ${
          /_at$|since/.test(name) || name === "received" ? html`<${Time} value=${value}/>` : value
        }</span>`
      )
  }
    ${
    changed.map(([name, value]) =>
      html`<span>received ${name.replaceAll("_", " ")}: ${
        Array.isArray(value) ? value.join(" ") || "none" : value ?? "none"
      }</span>`
    )
  }</p>`;
}

function Routes({ routes }) {
  return html`
    <${PathGraph} routes=${routes}/>
      <${Table} caption="Routes" rows=${routes} empty="no peer announced it then" columns=${[
        { title: "Peer", cell: ({ peer }) => peer },
        { title: "Prefix", cell: ({ prefix }) => html`<${Prefix} value=${prefix}/>` },
        { title: "AS path", cell: ({ as_path: path }) => html`<${AsPath} value=${path}/>` },
        { title: "Next hop", cell: ({ next_hop: hop }) => html`<span class="code">${hop}</span>` },
        { title: "Communities", cell: (route) => html`<${Communities} route=${route}/>` },
        { title: "From", cell: ({ valid_from: from }) => html`<${Time} value=${from}/>` },
      ]}/>
  `;
}

function Past({ prefix, at }) {
  const state = useAnswer("/history", { prefix, limit: 500 });
  return html`
    <section>
      <h2>History</h2>
      <${Answer} state=${state}>${({ states, changes, gaps }) =>
        html`
          <${Timeline} states=${states} gaps=${gaps} at=${at}/>
            <details>
              <summary>${changes.length} changes</summary>
              <${Table} caption="Changes" rows=${changes.toReversed()} columns=${[
                { title: "When", cell: ({ at: time }) => html`<${Time} value=${time}/>` },
                { title: "Change", cell: ({ kind }) => kind },
                { title: "Peer", cell: ({ peer }) => peer },
                { title: "AS path", cell: ({ as_path: path }) => html`<${AsPath} value=${path}/>` },
              ]}/>
                </details>
        `}<//></section>
  `;
}

function Around({ prefix }) {
  const state = useAnswer("/search", { q: prefix, limit: 40 });
  return html`
    <section>
      <h2>Around it</h2>
      <${Answer} state=${state}>${({ results }) =>
        html`
          <${Table} caption="Prefixes around it"
            rows=${results.filter(({ kind, target }) =>
              kind === "prefix" && target !== prefix
            )} empty="no known prefix contains it or is inside it" columns=${[
              { title: "Prefix", cell: ({ target }) => html`<${Prefix} value=${target}/>` },
              { title: "What", cell: ({ detail }) => detail },
            ]}/>
        `}<//></section>
  `;
}

function Vrps({ prefix }) {
  const state = useAnswer("/vrps", { prefix, limit: 100 });
  const rows = [...state.answer?.vrps ?? [], ...state.answer?.inside ?? []];
  if (rows.length === 0) return "";
  return html`
    <section>
      <h2>VRPs</h2>
      <${Table} caption="VRPs" rows=${rows} columns=${[
        { title: "Prefix", cell: ({ prefix: of }) => html`<${Prefix} value=${of}/>` },
        { title: "Up to", number: true, cell: ({ max_length: most }) => `/${most}` },
        { title: "AS", cell: ({ asn }) => html`<${As} value=${asn}/>` },
      ]}/>
        </section>
  `;
}
