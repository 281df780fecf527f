/**
 * A screen of a terminal as an SVG: text with the escape sequences of colours in (`tmux capture-pane -e`), picture out.
 */

interface Style {
  readonly color: string | undefined;
  readonly background: string | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly reverse: boolean;
}

interface Span {
  readonly text: string;
  readonly column: number;
  readonly style: Style;
}

const plain: Style = { color: undefined, background: undefined, bold: false, dim: false, reverse: false };
const [page, ink] = ["#101418", "#d5dbe1"];
const palette = ["#4a5560", "#f07178", "#9ece6a", "#e6c067", "#7aa2f7", "#c792ea", "#65c7c7", "#d5dbe1"] as const;
const [width, height, margin] = [8.4, 19, 14];

/** The style after a sequence `ESC [ 1;32 m`. */
function restyled(style: Style, codes: readonly number[]): Style {
  let next = style;
  for (const code of codes) {
    if (code === 0) next = plain;
    else if (code === 1) next = { ...next, bold: true };
    else if (code === 2) next = { ...next, dim: true };
    else if (code === 22) next = { ...next, bold: false, dim: false };
    else if (code === 7) next = { ...next, reverse: true };
    else if (code === 27) next = { ...next, reverse: false };
    else if (code === 39) next = { ...next, color: undefined };
    else if (code === 49) next = { ...next, background: undefined };
    else if (code >= 30 && code <= 37) next = { ...next, color: palette[code - 30] };
    else if (code >= 90 && code <= 97) next = { ...next, color: palette[code - 90] };
    else if (code >= 40 && code <= 47) next = { ...next, background: palette[code - 40] };
  }
  return next;
}

/** Pieces of each line that have one style. The style goes on over line ends, as in a terminal. */
export function spansOf(screen: string): Span[][] {
  let style = plain;
  return screen.replace(/\n+$/, "").split("\n").map((line) => {
    const spans: Span[] = [];
    let column = 0;
    // deno-lint-ignore no-control-regex
    for (const [piece, codes] of line.matchAll(/\x1b\[([\d;]*)m|[^\x1b]+/g)) {
      if (codes !== undefined) {
        style = restyled(style, codes === "" ? [0] : codes.split(";").map(Number));
      } else {
        spans.push({ text: piece, column, style });
        column += [...piece].length;
      }
    }
    return spans;
  });
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function drawn({ text, column, style }: Span, line: number): string {
  const [x, y] = [margin + column * width, margin + line * height];
  const front = style.reverse ? style.background ?? page : style.color ?? ink;
  const back = style.reverse ? style.color ?? ink : style.background;
  const length = [...text].length * width;
  const box = back === undefined
    ? ""
    : `<rect x="${x.toFixed(1)}" y="${y}" width="${length.toFixed(1)}" height="${height}" fill="${back}"/>`;
  if (text.trim() === "") return box;
  const weight = style.bold ? ' font-weight="bold"' : "";
  const opacity = style.dim ? ' opacity="0.6"' : "";
  const at = `x="${x.toFixed(1)}" y="${y + 14}" textLength="${length.toFixed(1)}"`;
  return `${box}<text ${at} fill="${front}"${weight}${opacity}>${escaped(text)}</text>`;
}

/** `title` is what a screen reader says. */
export function terminalSvg(screen: string, title: string): string {
  const lines = spansOf(screen);
  const columns = Math.max(...lines.map((spans) => Math.max(0, ...spans.map((s) => s.column + [...s.text].length))));
  const [w, h] = [Math.ceil(columns * width + 2 * margin), lines.length * height + 2 * margin];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img" ` +
    `font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" xml:space="preserve">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${w}" height="${h}" rx="8" fill="${page}"/>`,
    ...lines.flatMap((spans, line) => spans.map((span) => drawn(span, line)).filter((text) => text !== "")),
    "</svg>",
    "",
  ].join("\n");
}
