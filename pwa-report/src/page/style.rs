//! How the page looks, and the little it does.

pub const STYLE: &str = r#"
:root { color-scheme: light; --ink: #1b1f24; --line: #d5dae0; --link: #00558c; --bad: #a33c00; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; font: 16px/1.5 "DejaVu Sans", Verdana, Helvetica, sans-serif; }
header, main, footer { max-width: 1500px; margin: 0 auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 1rem 0 0; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; border-bottom: 2px solid var(--line); padding-bottom: .2rem; }
.state { margin: .2rem 0 .6rem; font-weight: 600; }
.bad { color: var(--bad); }
.note { color: #4a525b; font-size: .9rem; max-width: 75ch; }
a { color: var(--link); }
:focus-visible { outline: 3px solid #e69f00; outline-offset: 2px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .5rem; background: #fff; padding: .3rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1rem; list-style: none; margin: 0; padding: 0; }
.table { overflow-x: auto; max-width: 100%; margin: .6rem 0 1.2rem; }
table { border-collapse: collapse; font-size: .9rem; }
caption { width: max-content; max-width: calc(100vw - 3rem); text-align: left; font-weight: 600; padding: .2rem 0; }
th, td { padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; white-space: nowrap; }
thead th { border-bottom: 2px solid #8b949e; }
tbody th { font-weight: 400; white-space: normal; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
code, pre { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .85rem; }
pre { overflow: auto; max-height: 70vh; background: #f5f7f9; padding: .8rem; border: 1px solid var(--line); }
summary { cursor: pointer; padding: .3rem 0; }
sub, sup { line-height: 0; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 430px), 1fr)); gap: 1rem; }
figure { margin: 0 0 1rem; overflow-x: auto; max-width: 100%; }
figure svg { display: block; width: 100%; max-width: var(--width); min-width: min(var(--least), 360px); height: auto; }
section > figure svg { min-width: var(--least); }
.legend { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; align-items: center;
  max-height: 40vh; overflow-y: auto; background: #fff; border: 1px solid var(--line); margin: 0 0 1rem; padding: .3rem .8rem .5rem; }
.legend legend { font-size: .85rem; color: #4a525b; background: #fff; }
.legend label { display: inline-flex; align-items: center; gap: .35rem; min-height: 1.75rem; cursor: pointer; }
button { font: inherit; font-size: .85rem; padding: .1rem .7rem; margin-right: .3rem; border: 1px solid #8b949e; border-radius: 4px; background: #f5f7f9; cursor: pointer; }
footer { padding: 2rem 1rem; color: #4a525b; font-size: .85rem; }
@media print { .legend, nav, .skip, button { display: none; } section { break-inside: avoid-page; } }
"#;

pub const SCRIPT: &str = r#"
"use strict";
const boxes = [...document.querySelectorAll("[data-toggle]")];
const show = (box) => {
  for (const part of box.closest(".reaction").querySelectorAll(`[data-series="${box.dataset.toggle}"]`)) {
    part.style.display = box.checked ? "" : "none";
  }
};
for (const box of boxes) {
  box.addEventListener("change", () => show(box));
  show(box);
}
for (const button of document.querySelectorAll("[data-all]")) {
  button.addEventListener("click", () => {
    for (const box of button.closest(".reaction").querySelectorAll("[data-toggle]")) {
      box.checked = button.dataset.all === "on" || ["data", "model"].includes(box.dataset.toggle);
      show(box);
    }
  });
}
"#;
