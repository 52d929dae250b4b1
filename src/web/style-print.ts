// The look on paper: one A4 page for a verdict, in words, without navigation or colour to carry meaning (design: look-up UX §6.1.15).

export const PRINT_CSS = `
.paper { display: none; }
@media print {
  @page { size: A4; margin: 10mm 13mm 13mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; } }
  :root {
    color-scheme: light; --page: #fff; --sheet: #fff; --sunk: #fff; --ink: #000; --soft: #333; --line: #999; --link: #000; --control: #333;
    --blocked-text: #000; --possible-text: #000; --exception-text: #000; --cannot_say-text: #000; --not_listed-text: #000;
    --blocked-wash: #fff; --possible-wash: #fff; --exception-wash: #fff; --cannot_say-wash: #fff; --not_listed-wash: #fff;
  }
  html { font-size: 8pt; line-height: 1.27; }
  body { display: block; }
  main { padding: 0; }
  .wide { max-width: none; padding: 0; }
  .nav, .skip, .find, .foot, .ask, .links, .asked a, .crumb, .pager, .no-print { display: none !important; }
  .paper { display: block; margin-inline-start: auto; }
  .head { background: none; color: #000; border-bottom: 2px solid #000; }
  .head-row { min-height: 0; padding-block: 0 .4rem; }
  .head a { min-height: 0; } .mark, .node, .node b { color: #000; }
  h1 { font-size: 17pt; } h2 { font-size: 11pt; } h3 { font-size: 10pt; }
  a { color: #000; text-decoration: none; }
  .asked { margin-block: .6rem .4rem; }
  .card { border: 2.5pt solid #000; box-shadow: none; border-radius: 0; margin: 0; }
  .card-band, .card-quiet .card-band { flex-direction: row; background: #fff; color: #000; border-bottom: 1.5pt solid #000; padding: .5rem .9rem; box-shadow: none; --shape-hole: #fff; }
  .card-band > .shape { width: 13mm; height: 13mm; color: #000 !important; }
  .card-verdict { font-size: 11pt; margin-top: .25rem; } .card-verdict b { text-transform: uppercase; color: #000 !important; }
  .card-body { padding: .5rem .9rem; gap: .45rem; }
  .why { font-size: 1.05em; } .phone { font-size: 1.1em; } .phone a, .order a, .part a, dd a, td a, th a { min-height: 0; display: inline; }
  .counts { gap: 0 1.5rem; } .counts li { padding: 0; }
  .questions li { padding-block: .15rem; } .questions li::before { top: .28rem; width: .85rem; height: .85rem; }
  .stack > * + *, .part > * + * { margin-top: .15rem; } .part > h2 { margin-bottom: .1rem; }
  .pair { grid-template-columns: repeat(3, 1fr); gap: .5rem 1.2rem; }
  .section { margin-top: .6rem; } .section > h2 { margin-bottom: .25rem; }
  .order, .sheet { padding: .4rem .7rem; border-radius: 0; } .order + .order { margin-top: .5rem; } .order > * + * { margin-top: .3rem; } .order > p:last-child { display: none; }
  .facts > div, .facts-dense > div { grid-template-columns: 8rem 1fr; gap: 0 .6rem; padding-block: 0; }
  .facts-dense { columns: 2; column-gap: 1.4rem; }
  .loud { padding: .15rem .5rem; border-color: #000; }
  .says { color: #000; }
  th, td { padding: .06rem .5rem .12rem 0; } td { min-width: 5.5rem; } thead th { white-space: nowrap; }
  .effects { columns: 3; column-gap: 1.2rem; margin: 0; } .effects li { padding: .05rem 0; }
  .ages { columns: auto; margin: 0; } .ages li { display: inline; border: 0; padding: 0; } .ages li:not(:last-child)::after { content: "; "; }
  .fine { display: block; font-size: 1em; } .fine h2 { display: none; }
  .fine .facts > div, .fine dt, .fine dd { display: inline; } .fine dt::after { content: ":\\00a0"; } .fine dd::after { content: "  "; white-space: pre; }
  .not-fresh { color: #000; }
  .order-body { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1.4rem; } .order-body > * + *, .order-body > div > * + * { margin-top: .2rem; } .order-body > :only-child { grid-column: 1 / -1; }
  h2, h3, caption { break-after: avoid; }
  tr, li, .order-head, .loud { break-inside: avoid; }
  .table-box { overflow: visible; }
}
`
