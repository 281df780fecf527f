/** The whole table in sums. */

import { html, useEffect, useState } from "../vendor/preact.js";
import { askWithProgress } from "../api.js";
import { Bars } from "../chart.js";
import { As, Count, Notice, Prefix, Table, Time } from "../parts.js";

const present = "This view shows the present: the past of the whole table is not computed.";

export function TableMap({ place }) {
  const [{ map, progress = 0, error }, setState] = useState({});
  useEffect(() => {
    const control = new AbortController();
    askWithProgress("/map?format=ndjson", (part) => setState({ progress: part }), control.signal)
      .then((answer) => setState({ map: answer }), (failure) => {
        if (!control.signal.aborted) setState({ error: failure });
      });
    return () => control.abort();
  }, []);
  return html`
    <h1>Route map</h1>
    ${place.at !== null && html`<${Notice}>${present}<//>`}
    ${error && html`<p class="error" role="alert">${error.message}</p>`}
    ${map === undefined && !error && html`<${Progress} part=${progress} />`}
    ${map && html`<${Sums} map=${map} />`}
  `;
}

function Progress({ part }) {
  return html`
    <p class="dim">
      Reading the table: <progress value=${part} max="1" aria-label="progress">${Math.round(100 * part)} %</progress>
    </p>
  `;
}

const prefixColumn = { title: "Prefix", cell: ({ prefix }) => html`<${Prefix} value=${prefix} />` };
const asCell = (asn) => html`<span class="gap"><${As} value=${asn} /></span>`;
const moasColumns = [prefixColumn, { title: "Origins", cell: ({ origins }) => origins.map(asCell) }];
const invalidColumns = [prefixColumn, { title: "Origin", cell: ({ origin }) => asCell(origin) }];

function Sums({ map }) {
  const { lengths, origins, path_lengths: hops, moas, invalid } = map;
  const families = [...new Set(lengths.map(({ family }) => family))];
  const most = origins.slice(0, 25).map(({ asn, prefixes }) => ({ name: asCell(asn), value: prefixes }));
  const paths = hops.map(({ length, routes }) => ({ name: String(length), value: routes }));
  return html`
    <p class="dim">
      Computed <${Time} value=${map.computed_at} />. <${Count} value=${map.origin_count} /> ASes originate prefixes.
    </p>
    <div class="columns">
      ${families.map((family) => html`<${Lengths} family=${family} lengths=${lengths} />`)}
      <section><h2>Most prefixes</h2><${Bars} label="origins" rows=${most} /></section>
      <section><h2>ASes in the best paths</h2><${Bars} label="lengths of AS paths" rows=${paths} /></section>
    </div>
    <h2>Several origins (MOAS): <${Count} value=${moas.count} /></h2>
    <${Table} caption="Prefixes with several origins" rows=${moas.prefixes} columns=${moasColumns}
      empty="no prefix has several origins" />
    <h2>Invalid by RPKI: <${Count} value=${invalid.count} /></h2>
    <${Table} caption="Invalid prefixes" rows=${invalid.prefixes} columns=${invalidColumns}
      empty="no best route is invalid" />
  `;
}

function Lengths({ family, lengths }) {
  const rows = lengths.filter((each) => each.family === family)
    .map(({ length, prefixes }) => ({ name: `/${length}`, value: prefixes }));
  return html`
    <section>
      <h2>Prefix lengths, ${family}</h2>
      <${Bars} label=${`prefix lengths of ${family}`} rows=${rows} />
    </section>
  `;
}
