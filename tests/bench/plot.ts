/**
 * The picture of growth: four small charts, drawn from the figures of the scenarios of growth.ts. The SVG is written by
 * hand: lines and dots need no library, and the same figures give the same bytes.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Chart {
  readonly title: string;
  readonly xName: string;
  readonly unit: string;
  readonly lines: readonly { readonly name: string; readonly points: readonly Point[] }[];
}

const width = 420, height = 260;
const left = 52, right = 16, top = 40, bottom = 40;
const colours = ["#2563eb", "#d97706", "#059669"];

/** Charts side by side, two in a row. */
export function drawCharts(charts: readonly Chart[]): string {
  const rows = Math.ceil(charts.length / 2);
  const parts = charts.map((chart, i) =>
    `<g transform="translate(${(i % 2) * width} ${Math.floor(i / 2) * height})">${drawChart(chart)}</g>`
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * width} ${rows * height}" ` +
    `font-family="system-ui, sans-serif" font-size="11" fill="#334155">\n` +
    `<rect width="100%" height="100%" fill="#fff"/>\n${parts.join("\n")}\n</svg>\n`;
}

function drawChart({ title, xName, unit, lines }: Chart): string {
  const all = lines.flatMap(({ points }) => points);
  const xTop = Math.max(...all.map(({ x }) => x)), yTop = niceTop(Math.max(...all.map(({ y }) => y)));
  const place = ({ x, y }: Point): [number, number] => [
    round(left + (width - left - right) * x / xTop),
    round(height - bottom - (height - top - bottom) * y / yTop),
  ];
  const svg: string[] = [`<text x="${left}" y="20" font-size="13" font-weight="600">${title}</text>`];
  for (let i = 0; i <= 4; i++) {
    const [x, y] = place({ x: 0, y: yTop * i / 4 });
    svg.push(`<path d="M${x} ${y}H${width - right}" stroke="#e2e8f0"/>`);
    svg.push(`<text x="${x - 6}" y="${y + 4}" text-anchor="end">${short(yTop * i / 4)}</text>`);
  }
  svg.push(`<text x="${left - 6}" y="${top - 8}" text-anchor="end">${unit}</text>`);
  for (const x of new Set(all.map(({ x }) => x))) {
    const [at] = place({ x, y: 0 });
    svg.push(`<text x="${at}" y="${height - bottom + 16}" text-anchor="middle">${short(x)}</text>`);
  }
  svg.push(`<text x="${width - right}" y="${height - 8}" text-anchor="end">${xName}</text>`);
  lines.forEach(({ name, points }, i) => {
    const colour = colours[i % colours.length]!;
    const places = points.map(place);
    svg.push(`<polyline points="${places.map((each) => each.join(",")).join(" ")}" fill="none" stroke="${colour}"/>`);
    for (const [x, y] of places) svg.push(`<circle cx="${x}" cy="${y}" r="3" fill="${colour}"/>`);
    svg.push(`<text x="${left + 10 + 130 * i}" y="34" fill="${colour}">${name}</text>`);
  });
  return svg.join("\n");
}

/** The next of 1, 2, 4, 5, 8, 10 … that is no less. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return power * [1, 2, 4, 5, 8, 10].find((step) => step * power >= value * 0.999)!;
}

function short(value: number): string {
  if (value >= 1e6) return `${round(value / 1e6)}M`;
  return value >= 1e4 ? `${round(value / 1e3)}k` : `${round(value)}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
