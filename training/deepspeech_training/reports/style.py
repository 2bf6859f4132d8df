"""How pages look: one style sheet, light or dark as the reader's system is, readable on a phone."""

STYLE = """
:root { color-scheme: light dark;
  --paper: #fff; --ink: #1c2126; --soft: #5a646e; --line: #d5dade; --panel: #f5f7f8; --accent: #0b62a8;
  --c0: #0b62a8; --c1: #c2500a; --c2: #18794e; --c3: #8a3fa8; --c4: #a32d4b; --c5: #6b6300;
  --good: #d9f2e1; --bad: #fbdcd8; --swap: #fdeebf; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #14181c; --ink: #e4e8ec; --soft: #9aa6b1; --line: #38414a; --panel: #1c2227; --accent: #6db8f5;
  --c0: #6db8f5; --c1: #ffa062; --c2: #62cf99; --c3: #d29bee; --c4: #ff8fa8; --c5: #d8cf5a;
  --good: #17402a; --bad: #5c211d; --swap: #4d3f0d; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 16px; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0; }
h2 { font-size: 1.3rem; margin: 2.2rem 0 .6rem; padding-top: .6rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.4rem 0 .4rem; }
p { margin: .5rem 0; max-width: 75ch; }
a { color: var(--accent); }
.lead, .note, figcaption, caption { color: var(--soft); }
.note { font-size: .9rem; }
.warning { border-left: 4px solid var(--c1); background: var(--panel); padding: .5rem .8rem; max-width: none; }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin: .8rem 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(135px, 1fr)); gap: 10px; margin: .8rem 0; }
.tile { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .6rem .8rem; }
.tile b { display: block; font-size: 1.45rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tile span { display: block; color: var(--soft); font-size: .88rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 4px 20px; }
figure { margin: .8rem 0; min-width: 0; max-width: 620px; }
figure.wide { max-width: none; }
figcaption { font-size: .9rem; }
.figures.narrow { grid-template-columns: repeat(auto-fit, minmax(min(100%, 270px), 1fr)); align-items: start; }
@media (min-width: 950px) { .figures.beside { grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); }
  .beside table { font-size: .88rem; } .beside th, .beside td { padding: .3rem .45rem; } .beside th { white-space: normal; } }
.scroll { overflow-x: auto; max-width: 100%; margin: .5rem 0; }
figure .scroll { margin: 0; }
svg { display: block; width: 100%; height: auto; }
.wide svg { min-width: 740px; }
svg text { fill: var(--ink); font-size: 12px; }
svg .tick { fill: var(--soft); font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .axis { stroke: var(--soft); stroke-width: 1; }
svg .halo { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }
svg .whisker { stroke: var(--ink); stroke-width: 1.3; fill: none; }
svg image { image-rendering: pixelated; }
table { border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .2rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.text { min-width: 12rem; max-width: 34rem; }
td.name, .interval data { white-space: nowrap; }
td.path { min-width: 11rem; overflow-wrap: anywhere; font-size: .85em; color: var(--soft); }
td audio { width: 230px; }
audio { max-width: 100%; height: 36px; display: block; }
code, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .92em; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .7rem; overflow-x: auto; }
details { margin: .6rem 0; }
summary { cursor: pointer; }
.aligned { border-collapse: separate; border-spacing: 2px 0; }
.aligned th { padding: .1rem .5rem .1rem 0; border: 0; }
.aligned td { padding: .1rem .35rem; border: 0; white-space: nowrap; }
.aligned .sub { background: var(--swap); } .aligned .del { background: var(--bad); } .aligned .ins { background: var(--good); }
@media (max-width: 600px) { main { padding: 10px; } h1 { font-size: 1.4rem; } th, td { padding: .25rem .5rem; }
  td.text { min-width: 12rem; } }
@media print { .scroll { overflow: visible; } nav, audio { display: none; } }
"""
