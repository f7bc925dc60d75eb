"""The style sheet of a hand-over package's page. It loads nothing: the page is opened from a folder."""

STYLE = """
:root { color-scheme: light dark; --text: #1b1a19; --muted: #55524f; --page: #fff; --panel: #f6f5f4; --line: #d8d5d2;
  --link: #0b5cad; --note: #fff6dd; --note-line: #b58105; --mark: #8a1f11; }
@media (prefers-color-scheme: dark) { :root { --text: #f1efed; --muted: #bab6b2; --page: #1c1b1a; --panel: #282625;
  --line: #4a4745; --link: #82c0ff; --note: #35290d; --note-line: #d7a83a; --mark: #ff9d8c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 1rem/1.55 "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere; }
header, main, footer { max-width: 60rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
footer { padding-top: 1rem; padding-bottom: 3rem; }
h1 { font-size: clamp(1.6rem, 5vw, 2.2rem); line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
p { margin: .5rem 0; max-width: 46rem; }
.lead { font-size: 1.125rem; max-width: none; }
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible, summary:focus-visible, pre:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17.25rem), 1fr)); gap: .75rem 1.25rem;
  margin: 1.25rem 0; padding: 1rem 1.25rem; background: var(--panel); border-radius: .5rem; }
.facts div:last-child { grid-column: 1 / -1; }
dt { color: var(--muted); font-size: .875rem; }
dd { margin: 0; }
.note { margin-top: 1.25rem; padding: .75rem 1.25rem; background: var(--note); border-radius: .25rem;
  border-left: .3rem solid var(--note-line); }
.note h2 { font-size: 1rem; margin: 0; }
.note ul { margin: .25rem 0; padding-left: 1.25rem; }
table { width: 100%; border-collapse: collapse; margin: .75rem 0; }
th, td { padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--muted); font-size: .875rem; font-weight: 600; }
tbody th { font-weight: 400; }
tfoot th, tfoot td { border-bottom: 0; font-weight: 600; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.time { width: 14rem; font-variant-numeric: tabular-nums; }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .75rem 0; padding: 0 1rem; }
summary { padding: .65rem 0; cursor: pointer; }
summary h3 { display: inline; margin: 0; }
summary span { color: var(--muted); }
.elsewhere dt { color: inherit; font-size: 1rem; font-weight: 600; }
.elsewhere dd { color: var(--muted); margin-bottom: .75rem; }
pre { margin: .25rem 0; padding: .75rem 1rem; background: var(--panel); border-radius: .5rem; white-space: pre-wrap; }
code { font-family: "Cascadia Mono", Consolas, Menlo, "DejaVu Sans Mono", monospace; font-size: .9em; }
.mark { color: var(--mark); border: 1px solid currentcolor; border-radius: .2rem; padding: 0 .15rem; font-size: .75em; }
@media (max-width: 40rem) { details { padding: 0 .75rem; } .files tr { display: grid; grid-template-columns: 6rem 1fr;
  padding: .4rem 0; border-bottom: 1px solid var(--line); } .files th, .files td { width: auto; padding: 0; border: 0; }
  .files tr > :first-child { grid-column: 1 / -1; } .files .number { text-align: left; } }
@media print { body { font-size: 10pt; } header, main, footer { max-width: none; padding: 0; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  h2, h3, summary, thead { break-after: avoid; } tr, .note, .facts { break-inside: avoid; } }
"""
