/** What is, with what is wrong first: peers, routers, RPKI caches. */

import { html } from "../vendor/preact.js";
import { useAnswer } from "../api.js";
import { linkTo } from "../place.js";
import { Answer, As, bytes, Count, Notice, State, Table, Time } from "../parts.js";

export function Now({ place, status }) {
  const peers = useAnswer("/peers", {}, 5_000);
  const routers = useAnswer("/routers", {}, 10_000);
  const rpki = useAnswer("/rpki", {}, 30_000);
  const alerts = useAnswer("/alerts", {}, 10_000);
  const wrong = troubles(
    peers.answer?.peers ?? [],
    routers.answer?.routers ?? [],
    rpki.answer?.sources ?? [],
    alerts.answer?.active ?? [],
  );
  return html`<h1>Now</h1>
    ${
    place.at !== null &&
    html`<${Notice}>Sessions are shown as they are now; prefixes and ASes show the chosen moment.<//>`
  }
    ${
    status && html`
      <div class="cards">
        <${Card} name="Peers up">
          <${Count} value=${status.peers.established}/> <span class="dim">of ${status.peers.total}</span><//>
            ${status.families.map(({ family, routes }) =>
              html`
                <${Card} name=${family}>
                  <${Count} value=${routes}/> <span class="dim">routes</span><//>
              `
            )}
            <${Card} name="Database">${bytes(status.database_bytes)}<//>
            ${status.backlog_rows > 0 && html`
              <${Card} name="Not written yet">
                <${Count} value=${status.backlog_rows}/> <span class="dim">rows</span><//>
            `}
          </div>
    `
  }
    ${
    wrong.length > 0 && html`
      <section aria-labelledby="wrong">
        <h2 id="wrong">What is wrong</h2>
        <ul class="troubles">${wrong.map(({ text, href, since }) =>
          html`<li><a href=${href}>${text}</a> ${
            since && html`<span class="dim"><${Time} value=${since}/></span>`
          }</li>`
        )}</ul>
      </section>
    `
  }
    <h2>Peers</h2>
    <${Answer} state=${peers}>${({ peers: rows }) => html`<${Peers} rows=${rows} />`}<//>
    ${
    routers.answer?.routers.length > 0 && html`
      <h2>Routers (BMP)</h2>
      <${Routers} rows=${routers.answer.routers}/>
    `
  }
    ${
    rpki.answer?.sources.length > 0 && html`
      <h2>RPKI</h2>
      <${Sources} answer=${rpki.answer}/>
    `
  }`;
}

function Card({ name, children }) {
  return html`
    <div class="card">
      <div class="dim">${name}</div>
      <div class="big">${children}</div>
    </div>
  `;
}

/** The worst first: firing alerts, then sessions, then sources. */
function troubles(peers, routers, sources, alerts) {
  return [
    ...alerts.map(({ text, since }) => ({ text, since, href: linkTo("alerts") })),
    ...peers.filter(({ state }) => state !== "Established").map(({ peer, state, reason, since }) => ({
      text: `${peer} is ${state}${reason === null ? "" : `: ${reason}`}`,
      since,
      href: linkTo("peer", peer),
    })),
    ...peers.filter(({ stale_until: until }) => until !== null).map(({ peer, stale_until: until }) => ({
      text: `routes of ${peer} are stale, kept until ${until.slice(11, 19)} UTC`,
      href: linkTo("peer", peer),
    })),
    ...routers.filter(({ state }) => state === "down").map(({ router, reason, since }) => ({
      text: `router ${router} is down${reason === null ? "" : `: ${reason}`}`,
      since,
      href: linkTo("router", router),
    })),
    ...sources.filter(({ error }) => error !== null).map(({ name, error, error_at: since }) => ({
      text: `RPKI ${name}: ${error}`,
      since,
      href: linkTo("now"),
    })),
  ];
}

function Peers({ rows }) {
  const sorted = rows.toSorted((a, b) => Number(a.state === "Established") - Number(b.state === "Established"));
  const columns = [
    { title: "Peer", cell: ({ peer }) => html`<a href=${linkTo("peer", peer)}>${peer}</a>` },
    { title: "State", cell: ({ state }) => html`<${State} good=${state === "Established"}>${state}<//>` },
    { title: "AS", cell: ({ peer_as: asn }) => html`<${As} value=${asn}/>` },
    { title: "Description", cell: ({ description }) => description ?? "" },
    { title: "Since", cell: ({ since }) => html`<${Time} value=${since}/>` },
    { title: "Routes", number: true, cell: ({ routes }) => html`<${Count} value=${routes}/>` },
    { title: "Accepted", number: true, cell: ({ accepted }) => html`<${Count} value=${accepted}/>` },
    { title: "Sent", number: true, cell: ({ sent }) => html`<${Count} value=${sent}/>` },
  ];
  return html`
    <${Table} caption="Peers" columns=${columns} rows=${sorted} empty="no peer is configured" />
  `;
}

function Routers({ rows }) {
  const columns = [
    { title: "Router", cell: ({ router }) => html`<a href=${linkTo("router", router)}>${router}</a>` },
    { title: "State", cell: ({ state }) => html`<${State} good=${state === "up"}>${state}<//>` },
    { title: "Address", cell: ({ address }) => html`<span class="code">${address}</span>` },
    { title: "Since", cell: ({ since }) => html`<${Time} value=${since}/>` },
    { title: "Tables", number: true, cell: ({ peers }) => html`<${Count} value=${peers}/>` },
    { title: "Routes", number: true, cell: ({ routes }) => html`<${Count} value=${routes}/>` },
  ];
  return html`<${Table} caption="Routers" columns=${columns} rows=${rows}/>`;
}

function Sources({ answer }) {
  const columns = [
    { title: "Source", cell: ({ name }) => name },
    { title: "State", cell: ({ state, error }) => html`<${State} good=${error === null}>${state}<//>` },
    { title: "VRPs", number: true, cell: ({ vrps }) => html`<${Count} value=${vrps}/>` },
    { title: "ASPAs", number: true, cell: ({ aspas }) => html`<${Count} value=${aspas}/>` },
    { title: "Fresh", cell: ({ refreshed_at: at }) => html`<${Time} value=${at}/>` },
    { title: "Error", cell: ({ error }) => error ?? "" },
  ];
  return html`<${Table} caption="Sources of RPKI data" columns=${columns} rows=${answer.sources}/>`;
}
