// The look of an answer: the verdict card, matched orders, evidence, effects and coverage (design: decisions 2.5).

const VERDICTS = ['blocked', 'exception', 'possible', 'cannot_say', 'not_listed'] as const

/** One verdict's colours as the four that the rules below use. */
const TONES = VERDICTS.map(
  (verdict) =>
    `.tone-${verdict} { --tone: var(--${verdict}); --tone-ink: var(--${verdict}-ink); --tone-text: var(--${verdict}-text); --tone-wash: var(--${verdict}-wash); }`,
).join('\n')

export const CARD_CSS = `
${TONES}
.shape { flex: none; width: 1em; height: 1em; color: inherit; overflow: visible; }
.shape .fill { fill: currentColor; }
.shape .line, .shape .hatch { fill: none; stroke: currentColor; stroke-width: 5; }
.shape .hatch { stroke-width: 3; }
.shape .glyph { fill: var(--shape-hole, var(--sheet)); }
.shape .glyph-line { fill: none; stroke: var(--shape-hole, var(--sheet)); stroke-width: 5; }

.asked { display: flex; flex-wrap: wrap; align-items: baseline; gap: .1rem 1rem; margin-block: 1.75rem .75rem; }
.asked q { font-weight: 700; quotes: none; overflow-wrap: anywhere; }
.asked a { min-height: 1.5rem; display: inline-block; }

.card { background: var(--sheet); border: 1px solid var(--line); border-radius: var(--radius); overflow: clip; box-shadow: 0 1px 2px rgb(16 28 40 / .08), 0 10px 30px -16px rgb(16 28 40 / .35); }
.card-band { display: flex; gap: clamp(1rem, 3vw, 1.75rem); align-items: flex-start; padding: clamp(1.1rem, 3.2vw, 2rem); background: var(--tone); color: var(--tone-ink); --shape-hole: var(--tone); }
.card-band > .shape { width: clamp(3rem, 9vw, 5rem); height: clamp(3rem, 9vw, 5rem); }
.card-where { font-weight: 600; opacity: 1; margin-bottom: .35rem; }
.card-verdict { font-size: 1.2rem; margin-top: .6rem; line-height: 1.35; }
.card-verdict b { font-weight: 800; }
.card-quiet .card-band { background: var(--tone-wash); color: var(--ink); border-bottom: 1px solid var(--line); --shape-hole: var(--tone-wash); box-shadow: inset .5rem 0 0 var(--tone-text); }
.card-quiet .card-band > .shape, .card-quiet .card-verdict b { color: var(--tone-text); }
.card-body { padding: clamp(1.1rem, 3.2vw, 2rem); display: grid; gap: 1.5rem; }
.why { font-size: 1.15rem; }
.counts { display: flex; flex-wrap: wrap; gap: .75rem; list-style: none; padding: 0; }
.counts li { background: var(--sunk); border-radius: 4px; padding: .4rem .8rem; }
.counts b { font-variant-numeric: tabular-nums; }
.part > h2 { font-size: 1.15rem; margin-bottom: .5rem; }
.part > * + * { margin-top: .4rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 1.5rem 2.5rem; align-items: start; }
.questions { padding-inline-start: 0; list-style: none; }
.questions li { padding: .5rem 0 .5rem 2.1rem; border-top: 1px solid var(--line); position: relative; max-width: 44rem; }
.questions li:last-child { border-bottom: 1px solid var(--line); }
.questions li::before { content: ""; position: absolute; left: 0; top: .72rem; width: 1.15rem; height: 1.15rem; border: 2px solid var(--control); border-radius: 3px; }
.ask { display: flex; flex-wrap: wrap; gap: .6rem .8rem; align-items: end; padding: 1rem; background: var(--tone-wash); border-radius: 4px; }
.ask > div { flex: 1 1 9rem; max-width: 18rem; }
.ask label { display: block; font-weight: 600; margin-bottom: .2rem; }
.phone { font-size: 1.35rem; font-weight: 700; }
.phone a { display: inline-flex; align-items: center; min-height: 2.75rem; text-decoration-thickness: 2px; }
.links { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; }
.links a { display: inline-flex; align-items: center; min-height: 2rem; }
.notes { padding-inline-start: 1.1rem; color: var(--soft); }

.loud { display: flex; gap: .75rem; align-items: baseline; padding: .7rem 1rem; border: 2px dashed var(--possible-text); border-radius: 4px; background: var(--possible-wash); font-weight: 700; max-width: none; }
.order { background: var(--sheet); border: 1px solid var(--line); border-inline-start: .5rem solid var(--tone-text); border-radius: var(--radius); padding: clamp(1rem, 3vw, 1.75rem); }
.order + .order { margin-top: 1.25rem; }
.order > * + * { margin-top: 1.1rem; }
.order-body > * + * { margin-top: 1.1rem; }
.order-body > div > * + * { margin-top: 1.1rem; }
.order-head { display: grid; gap: .3rem; }
.order-head .tag { display: inline-flex; align-items: center; gap: .5rem; font-weight: 700; color: var(--tone-text); }
.order-head .tag .shape { width: 1.3rem; height: 1.3rem; }
.state { font-weight: 600; }
.wording { border-inline-start: 4px solid var(--line); padding: .1rem 0 .1rem 1.1rem; }
.wording p + p { margin-top: .4rem; }
.rulings { padding-inline-start: 1.2rem; }
.rulings li + li { margin-top: .4rem; }
.says { font-weight: 700; white-space: nowrap; }
.says::before { display: inline-block; width: 1.4em; }
.says-agrees { color: var(--exception-text); } .says-agrees::before { content: "=" / ""; }
.says-differs { color: var(--blocked-text); } .says-differs::before { content: "\\2260" / ""; }
.says-missing { color: var(--possible-text); } .says-missing::before { content: "?" / ""; }
.effects { columns: 19rem; column-gap: 2.5rem; list-style: none; padding: 0; }
.effects li { break-inside: avoid; display: flex; justify-content: space-between; gap: 1rem; padding: .45rem 0; border-bottom: 1px solid var(--line); }
.effects li > :last-child { text-align: end; font-weight: 600; white-space: nowrap; }
.here > :first-child { font-weight: 700; }
.ages { columns: 19rem; column-gap: 2.5rem; list-style: none; padding: 0; margin-top: .75rem; }
.ages li { break-inside: avoid; padding: .45rem 0; border-bottom: 1px solid var(--line); }
.fine { font-size: .92rem; color: var(--soft); }
.fine dt { font-weight: 600; }
.teach { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 16rem), 1fr)); gap: 1rem; list-style: none; padding: 0; }
.teach a { display: block; height: 100%; padding: 1rem 1.15rem; background: var(--sheet); border: 1px solid var(--line); border-radius: var(--radius); text-decoration: none; color: var(--ink); }
.teach a:hover { border-color: var(--link); box-shadow: inset 0 0 0 1px var(--link); }
.teach .typed { display: block; font-weight: 700; font-size: 1.1rem; color: var(--link); text-decoration: underline; text-underline-offset: .15em; overflow-wrap: anywhere; }
.teach .soft { display: block; margin-top: .2rem; }
.legend { display: grid; gap: .75rem; list-style: none; padding: 0; }
.legend li { display: grid; grid-template-columns: 1.9rem 1fr; gap: .9rem; align-items: start; }
.legend .shape { width: 1.9rem; height: 1.9rem; color: var(--tone-text); }
.story { list-style: none; padding: 0; border-inline-start: 3px solid var(--line); margin-inline-start: .4rem; }
.story > li { position: relative; padding: 0 0 1.25rem 1.5rem; }
.story > li::before { content: ""; position: absolute; left: -.5rem; top: .45rem; width: .8rem; height: .8rem; border-radius: 50%; background: var(--sheet); border: 3px solid var(--control); }
.story .when { color: var(--soft); }
.goods { display: grid; gap: .25rem; }
@media (max-width: 40rem) {
  .card-band { flex-direction: column; }
  .card { margin-inline: -.25rem; }
  .links a, .asked a, .order a, .part a, dd a, td a, th a { min-height: 2.75rem; display: inline-flex; align-items: center; }
}
@media (forced-colors: active) {
  .shape { forced-color-adjust: auto; }
  .shape .glyph { fill: Canvas; } .shape .glyph-line { stroke: Canvas; }
  .shape .fill { fill: CanvasText; } .shape .line, .shape .hatch { stroke: CanvasText; }
}
`
