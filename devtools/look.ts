// How the lab looks. A sheet of its own inside a shadow root: the game's styles and the lab's never meet, and a page whose
// policy forbids inline styles allows it.

export const LOOK = `
:host { all: initial; position: fixed; inset: 0; z-index: 2147483000; pointer-events: none; color-scheme: dark; color: #eef1ff;
  font: 500 13px/1.35 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
* { box-sizing: border-box; margin: 0; }
.over, main { position: absolute; inset: 0; }
.over, iframe { width: 100%; height: 100%; }
section { position: absolute; inset: 0 0 0 auto; width: 320px; padding: 12px 16px; overflow-y: auto; overscroll-behavior: contain;
  pointer-events: auto; background: rgb(9 13 30 / 95%); border-left: 1px solid rgb(140 160 255 / 24%); scrollbar-width: thin;
  user-select: none; -webkit-user-select: none; }
[hidden] { display: none; }
section:focus { outline: none; }
header { display: flex; align-items: center; gap: 8px; margin-bottom: 8px; }
h2 { flex: 1; font-size: 16px; font-weight: 750; letter-spacing: -0.01em; }
h3 { margin: 12px 0 6px; font-size: 11px; font-weight: 700; letter-spacing: .08em; text-transform: uppercase; color: #98a3cf; }
button { font: inherit; font-weight: 600; color: inherit; cursor: pointer; padding: 0 4px; height: 32px; white-space: nowrap;
  border: 1px solid rgb(140 160 255 / 24%); border-radius: 9px; background: rgb(140 160 255 / 10%); touch-action: manipulation; }
button:hover { border-color: currentcolor; }
[aria-pressed=true] { background: #7fd7ff; border-color: #7fd7ff; color: #04202e; }
@media (forced-colors: active) {
  [aria-pressed=true] { forced-color-adjust: none; background: Highlight; color: HighlightText; }
}
:focus-visible { outline: 2px solid #ffd75e; outline-offset: 2px; }
.close { width: 32px; font-size: 17px; }
.presets, .row, .graphs { display: grid; gap: 6px; grid-template-columns: repeat(6, minmax(0, 1fr)); }
.presets button { font-size: 12px; }
.row > * { grid-column: span 2; }
.row.two > *, .row > :nth-child(n+4) { grid-column: span 3; }
label { display: grid; grid-template-columns: 76px 1fr 70px; align-items: center; gap: 10px; height: 29px; }
label b { text-align: right; font-variant-numeric: tabular-nums; color: #b9c4ee; white-space: nowrap; }
.set b { color: #7fd7ff; font-weight: 700; }
input { width: 100%; height: 24px; accent-color: #7fd7ff; cursor: pointer; touch-action: pan-y; }
.graphs > * { grid-column: span 3; }
figure { padding: 5px 8px; border-radius: 10px; background: rgb(140 160 255 / 10%); }
figcaption { display: flex; justify-content: space-between; gap: 4px; font-size: 11px; color: #98a3cf; white-space: nowrap; }
figcaption b { color: #eef1ff; font-weight: 700; font-variant-numeric: tabular-nums; }
figure canvas { display: block; width: 100%; height: 38px; margin-top: 3px; }
p { margin-top: 7px; font-size: 11.5px; color: #98a3cf; }
kbd { padding: 1px 6px; border: 1px solid rgb(140 160 255 / 24%); border-radius: 5px; font: inherit; font-size: 11px; color: #b9c4ee; }
main { display: grid; grid-template-columns: 1fr 1fr; gap: 3px; background: #7fd7ff; pointer-events: auto; }
.pane { position: relative; touch-action: none; cursor: crosshair; }
.pane > * { pointer-events: none; }
section:not([hidden]) ~ main { right: 320px; }
section:not([hidden]) ~ .opener { display: none; }
iframe { display: block; border: 0; }
h1 { position: absolute; left: 50%; bottom: 14px; transform: translateX(-50%); padding: 7px 18px; border-radius: 99px;
  white-space: nowrap; font-size: 17px; font-weight: 750; background: rgb(9 13 30 / 95%); border: 1px solid #7fd7ff; }
.opener { position: absolute; right: 12px; bottom: calc(50% + 12px); padding: 0 12px; pointer-events: auto; background: rgb(9 13 30 / 95%); }
@media (orientation: portrait) {
  main { grid-template: 1fr 1fr / 1fr; }
  h1 { left: 12px; transform: none; }
}
@media (width < 720px) {
  section { inset: auto 0 0; width: auto; height: 42%; border: 0; border-top: 1px solid rgb(140 160 255 / 24%);
    border-radius: 18px 18px 0 0; padding: 0 14px calc(14px + env(safe-area-inset-bottom)); }
  header { position: sticky; top: 0; z-index: 1; margin: 0 -14px 4px; padding: 8px 14px; background: inherit; }
  kbd { display: none; }
  button { height: 40px; }
  .close { width: 40px; }
  label { height: 38px; }
  section:not([hidden]) ~ main { right: 0; bottom: 42%; }
}
`
