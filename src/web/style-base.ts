// The look of every page: colours as tokens for light, dark and forced colours, type, header, forms, tables (WCAG 2.2 AA).

/** Tokens. Pairs that carry text keep a contrast of at least 4.5:1 in both schemes; shapes and borders of controls 3:1. */
const TOKENS = `
:root {
  color-scheme: light dark;
  --page: #f3f5f7; --sheet: #fff; --sunk: #eef1f4; --ink: #14202c; --soft: #47566a;
  --line: #d3dae1; --control: #66758a; --link: #0a4d98; --link-over: #062f61;
  --iron: #182736; --iron-ink: #fff; --iron-soft: #c3cedb; --brass: #e2bd63;
  --focus: #ffd23f; --focus-ink: #0b0c0c; --button: #182736; --button-ink: #fff; --button-over: #2c4257;
  --blocked: #a8121d; --blocked-ink: #fff; --blocked-text: #a8121d; --blocked-wash: #fdf1f1;
  --possible: #f4b63a; --possible-ink: #221703; --possible-text: #8a4b00; --possible-wash: #fff7e6;
  --exception: #16549f; --exception-ink: #fff; --exception-text: #16549f; --exception-wash: #eff5fc;
  --cannot_say: #62298a; --cannot_say-ink: #fff; --cannot_say-text: #62298a; --cannot_say-wash: #f7f1fb;
  --not_listed: #e3e9ef; --not_listed-ink: #1d2c3b; --not_listed-text: #40536a; --not_listed-wash: #f3f6f9;
  --radius: 6px; --gap: 1.5rem;
  --font: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Hiragino Sans", "Noto Sans CJK JP",
    "Apple SD Gothic Neo", "Malgun Gothic", "Microsoft YaHei", "Liberation Sans", Arial, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e151c; --sheet: #17212b; --sunk: #1f2b37; --ink: #e9eef4; --soft: #adbac9;
    --line: #324252; --control: #8494a6; --link: #8fc2ff; --link-over: #c4e0ff;
    --iron: #0a1016; --iron-soft: #adbac9;
    --button: #d9e3ee; --button-ink: #101a24; --button-over: #fff;
    --blocked: #a8121d; --blocked-text: #ff9a98; --blocked-wash: #331a1e;
    --possible: #e0a12c; --possible-text: #f5c15c; --possible-wash: #2f2617;
    --exception: #1d5cab; --exception-text: #92c4ff; --exception-wash: #172a41;
    --cannot_say: #6d3396; --cannot_say-text: #d7adf4; --cannot_say-wash: #2a1c36;
    --not_listed: #2c3b4b; --not_listed-ink: #eef3f8; --not_listed-text: #b9c7d6; --not_listed-wash: #1c2732;
  }
}
`

const PAGE = `
*, *::before, *::after { box-sizing: border-box; }
html { font: 100%/1.5 var(--font); background: var(--page); color: var(--ink); text-size-adjust: 100%; -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; overflow-wrap: break-word; }
main { flex: 1; padding-block: 1.75rem 4rem; }
.wide { width: 100%; max-width: 62rem; margin-inline: auto; padding-inline: 1rem; }
h1, h2, h3, h4 { line-height: 1.2; margin: 0; text-wrap: balance; letter-spacing: -.012em; }
h1 { font-size: clamp(1.7rem, 1.2rem + 2.2vw, 2.5rem); }
h2 { font-size: 1.4rem; }
h3 { font-size: 1.15rem; }
h4 { font-size: 1rem; }
p, ul, ol, dl, blockquote, table { margin: 0; }
p { max-width: 44rem; }
a { color: var(--link); text-underline-offset: .15em; text-decoration-thickness: 1px; }
main a { padding-block: .15rem; }
a:hover { color: var(--link-over); text-decoration-thickness: 3px; }
.soft { color: var(--soft); font-weight: 400; }
.flag { display: inline-block; margin-top: .2rem; padding: 0 .45rem; border: 1px dashed var(--possible-text, currentColor); border-radius: 3px; font-size: .9rem; }
.not-fresh { font-weight: 700; color: var(--cannot_say-text); }
.code { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, "Liberation Mono", monospace; font-size: .9em; overflow-wrap: anywhere; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.stack > * + * { margin-top: 1rem; }
.stack > h4 + *, .stack > h4 + * + * { margin-top: .4rem; }
.section { margin-top: 2.5rem; }
.section > h2 { margin-bottom: .9rem; }
.section > p + .sheet { margin-top: .75rem; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 0; box-shadow: 0 0 0 6px var(--focus-ink); border-radius: 2px; }
a:focus-visible { background: var(--focus); color: var(--focus-ink); outline-color: var(--focus); box-shadow: 0 3px 0 3px var(--focus-ink); text-decoration: none; }
.skip { position: absolute; left: 1rem; top: -6rem; padding: .75rem 1rem; background: var(--focus); color: var(--focus-ink); z-index: 2; }
.skip:focus { top: 0; }

.head { background: var(--iron); color: var(--iron-ink); border-bottom: 4px solid var(--brass); }
.head-row { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.25rem; min-height: 4rem; padding-block: .5rem; }
.head a { color: inherit; text-decoration: none; display: inline-flex; align-items: center; min-height: 2.75rem; padding-inline: .35rem; }
.head a:hover { text-decoration: underline; text-decoration-thickness: 2px; }
.head a:focus-visible { color: var(--focus-ink); }
.brand { font-size: 1.2rem; font-weight: 700; letter-spacing: -.01em; gap: .6rem; }
.head .brand { margin-inline-start: -.35rem; }
.mark { width: 1.9rem; height: 1.9rem; color: var(--brass); flex: none; }
a:focus-visible .mark { color: inherit; }
.node { color: var(--iron-soft); padding-inline-start: 1.25rem; border-inline-start: 1px solid #4a5c6e; line-height: 1.3; }
.node b { color: var(--iron-ink); font-weight: 600; }
.nav { margin-inline-start: auto; }
.nav ul { display: flex; gap: .25rem .75rem; list-style: none; padding: 0; }
.nav a[aria-current] { box-shadow: inset 0 -3px 0 var(--brass); }
.foot { border-top: 1px solid var(--line); padding-block: 1.25rem; color: var(--soft); font-size: .92rem; }

.crumb { display: inline-flex; align-items: center; min-height: 2.75rem; }
.page-title { margin-bottom: .75rem; }
.lede { font-size: 1.15rem; color: var(--soft); }

.find label.big { display: block; font-weight: 700; font-size: 1.05rem; margin-bottom: .4rem; }
.find-row { display: flex; gap: .6rem; }
.find .hint { color: var(--soft); margin-top: .45rem; }
input, select, textarea, button, .button { font: inherit; min-height: 2.75rem; border-radius: 4px; }
input, select, textarea { width: 100%; padding: .4rem .7rem; color: var(--ink); background: var(--sheet); border: 2px solid var(--control); }
#q { appearance: none; font-size: 1.25rem; min-height: 3.4rem; border-color: var(--ink); }
input:focus-visible, select:focus-visible, textarea:focus-visible { outline-offset: 0; box-shadow: inset 0 0 0 2px var(--focus-ink), 0 0 0 5px var(--focus-ink); border-color: var(--focus-ink); }
button, .button { display: inline-flex; align-items: center; justify-content: center; padding: .5rem 1.2rem; font-weight: 700; color: var(--button-ink); background: var(--button); border: 2px solid transparent; cursor: pointer; text-decoration: none; }
button:hover, .button:hover { background: var(--button-over); color: var(--button-ink); }
.lesser { color: var(--ink); background: transparent; border-color: var(--control); }
.find-row button { padding-inline: 1.75rem; flex: none; }
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)); gap: .9rem 1rem; align-items: end; margin-block: .75rem 1rem; }
.fields label { display: block; font-weight: 600; margin-bottom: .2rem; }
summary { display: inline-flex; align-items: center; gap: .45rem; min-height: 2.75rem; cursor: pointer; color: var(--link); list-style: none; }
summary > span { text-decoration: underline; text-underline-offset: .15em; }
summary::-webkit-details-marker { display: none; }
summary::before { content: "+"; font-weight: 700; width: 1rem; text-align: center; }
details[open] > summary::before { content: "\\2212"; }

.table-box { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; background: var(--sheet); font-variant-numeric: tabular-nums; }
caption { text-align: start; font-weight: 700; padding-block: 0 .5rem; }
th, td { text-align: start; vertical-align: top; padding: .55rem .8rem .55rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
thead th { color: var(--soft); font-size: .92rem; border-bottom: 2px solid var(--line); }
.sheet { background: var(--sheet); border: 1px solid var(--line); border-radius: var(--radius); padding: clamp(1rem, 3vw, 1.75rem); }
.facts > div { display: grid; grid-template-columns: minmax(8rem, 12rem) 1fr; gap: 0 1.25rem; padding-block: .3rem; break-inside: avoid; }
.facts-dense { columns: 24rem; column-gap: 2.5rem; }
.facts-dense > div { grid-template-columns: 8.2rem 1fr; gap: 0 .9rem; }
.facts dt { font-weight: 600; }
.facts dd { margin: 0; min-width: 0; }
.tally { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .5rem 1.75rem; }
.tally li { display: flex; align-items: center; gap: .45rem; }
.tally-shape { display: inline-flex; width: 1.5rem; height: 1.5rem; flex: none; } .tally-shape .shape { width: 100%; height: 100%; }
progress { width: 100%; max-width: 44rem; height: 1.1rem; accent-color: var(--button); }
.pager { display: flex; gap: 1rem; margin-top: 1.25rem; }
`

const NARROW = `
@media (max-width: 40rem) {
  main { padding-block: 1.25rem 3rem; }
  .node { padding: 0; border: 0; font-size: .85rem; flex: 1 1 9rem; }
  .nav { margin: 0; width: 100%; }
  .nav ul { margin-inline-start: -.35rem; gap: .25rem .4rem; }
  .head-row { gap: 0 1rem; }
  .find-row { gap: .4rem; } .find-row button { padding-inline: .9rem; } #q { min-width: 0; }
  .facts > div, .facts-dense > div { grid-template-columns: 1fr; }
  table.folds thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  table.folds, table.folds tbody, table.folds tr, table.folds th, table.folds td, table.folds caption { display: block; }
  table.folds tr { border-bottom: 1px solid var(--line); padding-block: .6rem; }
  table.folds td, table.folds th { border: 0; padding: .1rem 0; }
  table.folds td[data-label]::before { content: attr(data-label) ": "; color: var(--soft); }
}
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { transition: none !important; animation: none !important; scroll-behavior: auto !important; } }
@media (prefers-reduced-motion: no-preference) { button, .button, .skip { transition: background-color .12s, top .12s; } }
@media (forced-colors: active) {
  button, .button { border-color: ButtonText; }
  .head, .card, .card-band { border: 2px solid CanvasText; }
  a:focus-visible, :focus-visible { outline: 3px solid Highlight; }
  .nav a[aria-current] { text-decoration: underline 3px; text-underline-offset: .3em; }
}
`

export const BASE_CSS = TOKENS + PAGE + NARROW
