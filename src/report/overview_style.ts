/**
 * The style of the page. Its hash is in the page's security policy, so what stands here is exactly what is sent.
 *
 * Contrast is at least 4.5:1 in both themes, and colour never says anything that the words do not.
 */
export const OVERVIEW_STYLE = `
:root {
  color-scheme: light dark;
  --back: #f7f8fa; --card: #fff; --text: #1b1f24; --quiet: #57606a; --line: #d5dae0; --link: #0757ba;
  --well: #1a6b35; --warning: #7a4b00; --warning-back: #fff6dd; --trouble: #b3141d; --trouble-back: #ffeceb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14171a; --card: #1c2024; --text: #e4e7ea; --quiet: #a3acb5; --line: #363d44; --link: #7db5ff;
    --well: #6fd08c; --warning: #f0c060; --warning-back: #2e2715; --trouble: #ff938a; --trouble-back: #371d1d;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 82rem; padding: 1.25rem 1rem 2rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
.verdict, th, .reason { overflow-wrap: anywhere; }
td { overflow-wrap: break-word; }
h1 { font-size: 1.35rem; line-height: 1.25; margin: 0 0 .15rem; }
h2 { font-size: 1.1rem; margin: 0; }
p, ul { margin: .25rem 0; }
ul { padding-left: 1.2rem; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.quiet { color: var(--quiet); font-size: .9rem; }
.verdict {
  margin: 1rem 0; padding: .75rem 1rem; border: 1px solid var(--line); border-left: .4rem solid var(--well);
  border-radius: .4rem; background: var(--card);
}
.verdict.warning { border-left-color: var(--warning); background: var(--warning-back); }
.verdict.trouble { border-left-color: var(--trouble); background: var(--trouble-back); }
.well .state, .verdict.well h2 { color: var(--well); }
.warning .state, .verdict.warning h2 { color: var(--warning); }
.trouble .state, .verdict.trouble h2 { color: var(--trouble); }
table {
  width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line); font-size: .95rem;
}
caption { text-align: left; padding: .25rem 0 .5rem; font-weight: 600; font-size: 1.1rem; }
th, td { text-align: left; vertical-align: top; padding: .55rem .7rem; border-top: 1px solid var(--line); }
thead th { font-size: .85rem; color: var(--quiet); border-top: 0; white-space: nowrap; }
th:first-child { border-left: .4rem solid var(--card); }
.warning th:first-child { border-left-color: var(--warning); }
.trouble th:first-child { border-left-color: var(--trouble); }
.state { font-weight: 700; }
td { font-variant-numeric: tabular-nums; }
.reason { display: block; font-size: .9rem; }
td:nth-child(2) { min-width: 15rem; }
tbody th { width: 13rem; }
nav ul, footer { margin-top: 1.25rem; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .4rem 1.5rem; }
nav a { display: inline-block; padding: .35rem 0; }
@media (max-width: 64rem) {
  table, tbody, tr, th, td, caption { display: block; }
  table { background: none; border: 0; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr {
    background: var(--card); border: 1px solid var(--line); border-left: .4rem solid var(--well);
    border-radius: .4rem; margin-bottom: .75rem; padding: .5rem .8rem;
  }
  tr.warning { border-left-color: var(--warning); }
  tr.trouble { border-left-color: var(--trouble); }
  tbody tr th:first-child, td:nth-child(n) { border: 0; padding: .1rem 0; width: auto; min-width: 0; }
  tbody th { font-size: 1.1rem; }
  td { display: grid; grid-template-columns: 6.5rem 1fr; gap: .5rem; }
  td::before { content: attr(data-label) / ""; color: var(--quiet); font-size: .9rem; }
}
`;
