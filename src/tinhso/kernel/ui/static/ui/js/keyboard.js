// The officer's keys in lists marked data-list: j k move, x marks, Enter opens (the link has the focus), / searches, ? tells.

const OFF = "tinhso:keys-off";
const stored = () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } };
let off = stored();

const toggle = document.querySelector("[data-keys-on]");
if (toggle) {
  toggle.checked = !off;
  toggle.addEventListener("change", () => {
    off = !toggle.checked;
    try { localStorage.setItem(OFF, off ? "1" : "0"); } catch { /* for this page only */ }
  });
}

const rows = () => [...document.querySelectorAll("[data-list] [data-row]")];
let current = null;

function moveTo(row) {
  if (!row) return;
  current?.classList.remove("is-current");
  current = row;
  row.classList.add("is-current");
  (row.querySelector("a[href]") ?? row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("[data-list] [data-row]");
  if (row && row !== current) { current?.classList.remove("is-current"); current = row; row.classList.add("is-current"); }
});

const typing = (target) => target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (off || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) {
    if (event.key === "Escape" && event.target.matches?.("[data-search]")) event.target.blur();
    return;
  }
  const all = rows();
  const at = all.indexOf(current);
  switch (event.key) {
    case "j": moveTo(all[Math.min(at + 1, all.length - 1)]); break;
    case "k": moveTo(all[Math.max(at - 1, 0)]); break;
    case "x": {
      const box = current?.querySelector("input[type=checkbox]");
      if (!box) return;
      box.click();
      break;
    }
    case "/": {
      const search = document.querySelector("[data-search]");
      if (!search) return;
      search.focus();
      search.select();
      break;
    }
    case "?": document.getElementById("keys")?.showPopover?.(); break;
    default: return;
  }
  event.preventDefault();
});

// The bar of actions on marked rows: shown with their number.
for (const bar of document.querySelectorAll("[data-bulk]")) {
  const scope = bar.closest("form") ?? document;
  const boxes = () => [...scope.querySelectorAll("[data-row] input[type=checkbox]")];
  const all = scope.querySelector("[data-check-all]");
  const count = bar.querySelector("[data-bulk-count]");
  const draw = () => {
    const number = boxes().filter((box) => box.checked).length;
    bar.hidden = number === 0;
    count.textContent = `Đã chọn ${number} dòng`;
    if (all) { all.checked = number > 0 && number === boxes().length; all.indeterminate = number > 0 && !all.checked; }
  };
  all?.addEventListener("change", () => { for (const box of boxes()) box.checked = all.checked; draw(); });
  scope.addEventListener("change", draw);
  window.addEventListener("pageshow", draw);
  draw();
}
