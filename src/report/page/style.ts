/**
 * The style of the page, sent unchanged: its hash is in the page's security policy.
 *
 * Contrast is at least 4.5:1 in both themes, and colour never conveys what words and shapes do not.
 */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --back: #f6f7f9; --card: #fff; --inset: #f1f3f6; --text: #1b1f24; --quiet: #565f69; --line: #dce1e7;
  --link: #0757ba; --healthy: #1a6b35; --unknown: #565f69; --info: #0757ba; --warning: #7a4b00;
  --critical: #b3141d; --warning-back: #fff6dd; --critical-back: #ffeceb; --plot: #2f6fbd; --plot-area: #dfeaf7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #111417; --card: #1a1e22; --inset: #23282d; --text: #e4e7ea; --quiet: #a3acb5; --line: #333a41;
    --link: #7db5ff; --healthy: #6fd08c; --unknown: #a3acb5; --info: #7db5ff; --warning: #f0c060;
    --critical: #ff938a; --warning-back: #2b2414; --critical-back: #351c1c; --plot: #7db5ff; --plot-area: #22344a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 82rem; padding: 1rem 1.25rem 2rem; background: var(--back); color: var(--text);
  font: .9375rem/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: break-word;
}
h1 { font-size: 1.05rem; margin: 0; font-weight: 600; }
h2 { font-size: 1.15rem; line-height: 1.3; margin: 1.75rem 0 .6rem; }
h3 { font-size: .95rem; margin: 0; display: inline; }
p, ul, ol, dl, dd { margin: 0; padding: 0; }
ul, ol { list-style: none; }
.runbook { max-width: 52rem; }
.runbook h1 { font-size: 1.4rem; margin: .8rem 0 .4rem; }
.runbook ol { list-style: decimal; }
.runbook ul { list-style: disc; }
.runbook li { margin: 0 0 .7rem 1.5rem; }
.runbook pre { white-space: pre-wrap; }
a { color: var(--link); }
code, pre { font: .85rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: .2rem; }
.quiet, .about, .moment { color: var(--quiet); font-size: .85rem; }
.about, .reason { display: block; font-weight: 400; }
.reason { font-size: .85rem; }
.aloud { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .2rem 1.5rem; align-items: baseline; }
.moment { font-variant-numeric: tabular-nums; }
.pulse { display: none; }
.live .pulse { display: inline; }
.pulse::before { content: " · " / ""; }
.stale .pulse { display: none; }
#lost:empty { display: none; }
#lost {
  position: sticky; top: .5rem; z-index: 1; margin: .75rem 0 0; padding: .7rem 1rem; border-radius: .5rem;
  background: var(--critical-back); color: var(--critical); border: 2px solid var(--critical); font-weight: 600;
}
.stale main {
  --text: var(--quiet); --healthy: var(--quiet); --warning: var(--quiet); --critical: var(--quiet);
  --plot: var(--quiet); --warning-back: var(--card); --critical-back: var(--card); --plot-area: var(--inset);
  color: var(--quiet);
}
.mark { flex: none; vertical-align: -.2em; }
.mark.healthy { fill: var(--healthy); } .mark.unknown { fill: var(--unknown); } .mark.info { fill: var(--info); }
.mark.warning { fill: var(--warning); } .mark.critical { fill: var(--critical); }
.mark .cut {
  fill: none; stroke: var(--card); stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round;
}
.status { font-weight: 600; font-size: .9rem; white-space: normal; }
.status.healthy { color: var(--healthy); } .status.unknown { color: var(--unknown); }
.status.info { color: var(--info); } .status.warning { color: var(--warning); }
.status.critical { color: var(--critical); }
.verdict {
  display: flex; gap: .9rem; margin-top: .75rem; padding: 1rem 1.1rem; border: 1px solid var(--line);
  border-left: .35rem solid var(--unknown); border-radius: .5rem; background: var(--card);
}
.verdict > .mark { width: 1.9rem; height: 1.9rem; }
.verdict > div { min-width: 0; align-self: center; overflow-wrap: anywhere; }
.verdict h2 { margin: 0; font-size: 1.3rem; }
.verdict.healthy { border-left-color: var(--healthy); }
.verdict.warning { border-left-color: var(--warning); background: var(--warning-back); }
.verdict.critical { border-left-color: var(--critical); background: var(--critical-back); }
.clusters { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; margin-top: .4rem; }
.none { color: var(--quiet); }
.findings { display: grid; gap: .4rem; }
.findings > li {
  background: var(--card); border: 1px solid var(--line); border-left: .25rem solid var(--info);
  border-radius: .4rem; overflow-wrap: anywhere;
}
.findings details > * { margin: 0 .9rem; }
.findings details > :last-child { margin-bottom: .7rem; }
.findings details > summary { margin: 0; padding: .5rem .9rem; width: auto; color: var(--text); }
.findings > .warning { border-left-color: var(--warning); }
.findings > .critical { border-left-color: var(--critical); }
.findings summary .status { margin: 0 .35rem 0 .15rem; }
.findings p + p, .advice { padding-top: .25rem; }
.label { color: var(--quiet); font-size: .85rem; margin-right: .35rem; }
.advice code { background: var(--inset); border-radius: .25rem; padding: .1rem .3rem; }
.advice pre {
  margin: .35rem 0; padding: .5rem .7rem; background: var(--inset); border-radius: .35rem; overflow-x: auto;
  white-space: pre-wrap; overflow-wrap: anywhere;
}
.advice pre code { padding: 0; }
summary { cursor: pointer; color: var(--quiet); padding: .45rem 0; width: fit-content; }
.checks { columns: 2 24rem; column-gap: 2rem; font-size: .9rem; }
.checks li { break-inside: avoid; padding: .1rem 0; }
.cluster > h2 .status { margin-left: .4rem; }
.cluster > h2 .quiet { font-weight: 400; }
.tiles {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: 1px; overflow: hidden;
  background: var(--card); border: 1px solid var(--line); border-radius: .5rem; margin-bottom: .75rem;
}
.tiles > div { outline: 1px solid var(--line); padding: .6rem .9rem; min-width: 0; overflow-wrap: anywhere; }
.tiles dt { color: var(--quiet); font-size: .85rem; }
.tiles dd:nth-of-type(1) { font-size: 1.1rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.tiles .status { font-size: 1.05rem; }
.topology {
  background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .9rem; overflow: auto;
  max-height: 36rem;
}
.drawing { display: block; max-width: 100%; height: auto; margin: 0 auto; font-size: 13px; }
.drawing text { fill: var(--quiet); font-size: 12px; font-variant-numeric: tabular-nums; }
.node rect { fill: var(--card); stroke: var(--line); stroke-width: 1.5; }
.node.critical rect { stroke: var(--critical); } .node.warning rect { stroke: var(--warning); }
.node text.name { fill: var(--text); font-weight: 600; font-size: 14px; }
.edge path { fill: none; stroke: var(--unknown); stroke-width: 2; }
.edge.healthy path { stroke: var(--healthy); } .edge.warning path { stroke: var(--warning); }
.edge.critical path { stroke: var(--critical); }
.edge.cut-off path { stroke-dasharray: 5 5; }
.edge .head { fill: var(--unknown); stroke: none; }
.edge.healthy .head { fill: var(--healthy); stroke: none; } .edge.warning .head { fill: var(--warning); stroke: none; }
.edge.critical .head { fill: var(--critical); stroke: none; }
.drawing .edge text {
  fill: var(--text); font-weight: 600; stroke: var(--card); stroke-width: 4px; paint-order: stroke;
}
.drawing .edge.critical text { fill: var(--critical); } .drawing .edge.warning text { fill: var(--warning); }
.tree { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.tree ul ul { margin-left: .55rem; padding-left: .9rem; border-left: 2px solid var(--line); }
.tree li { padding: .2rem 0; }
.tree .link { display: block; color: var(--quiet); font-size: .85rem; }
.topology + .none, .rest { margin-top: .5rem; }
table {
  width: 100%; border-collapse: separate; border-spacing: 0; margin-top: 1rem; font-variant-numeric: tabular-nums;
}
caption { text-align: left; padding: .25rem 0 .4rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem; border-top: 1px solid var(--line); }
thead th {
  font-size: .8rem; font-weight: 500; color: var(--quiet); white-space: nowrap; padding: .4rem .75rem;
  background: var(--card);
}
tbody th, tbody td { background: var(--card); }
tr > :first-child { border-left: 1px solid var(--line); }
tr > :last-child { border-right: 1px solid var(--line); }
thead th:first-child { border-top-left-radius: .5rem; } thead th:last-child { border-top-right-radius: .5rem; }
tbody tr:last-child > * { border-bottom: 1px solid var(--line); }
tbody tr:last-child > :first-child { border-bottom-left-radius: .5rem; }
tbody tr:last-child > :last-child { border-bottom-right-radius: .5rem; }
tbody th { font-weight: 600; overflow-wrap: anywhere; min-width: 8rem; }
td { overflow-wrap: anywhere; }
tr.warning > :first-child { box-shadow: inset .2rem 0 var(--warning); }
tr.critical > :first-child { box-shadow: inset .2rem 0 var(--critical); }
.figure { font-size: 1.05rem; font-weight: 600; display: block; white-space: nowrap; }
.standbys td:nth-child(2) { width: 34%; }
.servers td { overflow-wrap: break-word; } .servers td:nth-child(2) { overflow-wrap: anywhere; min-width: 5.5rem; }
.servers tbody th { min-width: 10.5rem; }
.standbys td:nth-child(4) { width: 17rem; }
.plot { display: block; width: 100%; max-width: 15rem; height: 40px; }
.plot .base { stroke: var(--line); fill: none; }
.plot .area { fill: var(--plot-area); }
.plot .line {
  fill: none; stroke: var(--plot); stroke-width: 1.5; stroke-linejoin: round; stroke-linecap: round;
  vector-effect: non-scaling-stroke;
}
.scale { display: flex; justify-content: space-between; max-width: 15rem; color: var(--quiet); font-size: .75rem; }
.bar { display: block; margin-top: .35rem; }
.bar .all { fill: var(--line); }
.bar .left { fill: var(--healthy); }
.bar.warning .left { fill: var(--warning); } .bar.critical .left { fill: var(--critical); }
.bar.unknown .left { fill: var(--unknown); }
.events { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
.events li {
  display: grid; grid-template-columns: 12rem 7rem 1fr; gap: 0 .75rem; padding: .4rem .9rem;
  overflow-wrap: anywhere;
}
.events li + li { border-top: 1px solid var(--line); }
.events time { color: var(--quiet); font-variant-numeric: tabular-nums; }
.events .kind { font-weight: 600; }
nav ul { display: flex; flex-wrap: wrap; gap: .4rem 1.5rem; margin: 1.5rem 0 .5rem; }
nav a { display: inline-block; padding: .3rem 0; }
@media (max-width: 62rem) {
  table, tbody, tr, th, td, caption { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr {
    background: var(--card); border: 1px solid var(--line); border-radius: .5rem; margin-bottom: .6rem;
    padding: .6rem .9rem;
  }
  tr.warning { box-shadow: inset .2rem 0 var(--warning); }
  tr.critical { box-shadow: inset .2rem 0 var(--critical); }
  tr.warning > :first-child, tr.critical > :first-child { box-shadow: none; }
  tbody tr:nth-child(n) > :nth-child(n) { border: 0; padding: .15rem 0; min-width: 0; width: auto; }
  td { display: grid; grid-template-columns: 6rem minmax(0, 1fr); gap: .5rem; }
  td::before { content: attr(data-label) / ""; color: var(--quiet); font-size: .85rem; padding-top: .1rem; }
  .events li { grid-template-columns: 1fr auto; }
  .events li > :last-child { grid-column: 1 / -1; }
}
@media (max-width: 42rem) {
  body { padding: .75rem .75rem 1.5rem; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .drawing { display: none; }
  .tree { position: static; width: auto; height: auto; clip-path: none; }
}
@media print {
  .topology { max-height: none; }
  .pulse, nav { display: none; }
}
`;
