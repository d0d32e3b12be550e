// Forms: sent once, warned before leaving, dates tidied, files shown, and text kept when the session runs out.

const KEPT = "tinhso:typed";
const KEEP_MS = 2 * 60 * 60 * 1000;
const SECRET = new Set(["password", "file", "hidden"]);

const guarded = [...document.querySelectorAll("form[data-guard]")];

function typedOf(form) {
  const typed = [];
  for (const control of form.elements) {
    if (!control.name || SECRET.has(control.type) || control.tagName === "BUTTON") continue;
    if (control.type === "checkbox" || control.type === "radio") {
      typed.push([control.name, control.value, control.checked]);
    } else if (control.tagName === "SELECT" && control.multiple) {
      typed.push([control.name, [...control.selectedOptions].map((option) => option.value), null]);
    } else {
      typed.push([control.name, control.value, null]);
    }
  }
  return typed;
}

function fill(form, typed) {
  const counted = new Map();
  for (const [name, value, on] of typed) {
    const all = [...form.elements].filter((control) => control.name === name && !SECRET.has(control.type));
    if (on !== null) {
      for (const control of all) if (control.value === value) control.checked = on;
    } else {
      const nth = counted.get(name) ?? 0;
      counted.set(name, nth + 1);
      const control = all[nth];
      if (!control) continue;
      if (Array.isArray(value)) for (const option of control.options) option.selected = value.includes(option.value);
      else control.value = value;
    }
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

function say(form, text) {
  const box = document.createElement("div");
  box.className = "notice tone-info";
  box.setAttribute("role", "status");
  const line = document.createElement("p");
  line.textContent = text;
  box.append(document.createElement("span"), document.createElement("div"));
  box.lastChild.append(line);
  form.prepend(box);
}

// What was typed comes back once, on the same page, if the page in between was one of signing in or of an expired form.
function restore() {
  let kept;
  try { kept = JSON.parse(sessionStorage.getItem(KEPT)); } catch { return; }
  if (!kept) return;
  if (document.body.hasAttribute("data-keep-typed")) return;
  // Sent and answered: nothing to bring back.
  if (!kept.interrupted || Date.now() - kept.at > KEEP_MS) { sessionStorage.removeItem(KEPT); return; }
  const form = guarded.find((one, index) => location.pathname === kept.path && (one.id || String(index)) === kept.form);
  if (!form) return; // Other pages may come between signing in and the form.
  sessionStorage.removeItem(KEPT);
  if (document.querySelector("[data-error-summary]")) return;
  fill(form, kept.typed);
  form.dataset.dirty = "1";
  say(form, "Những gì bạn đã nhập trước khi phiên làm việc hết hạn đã được điền lại. Hãy xem lại rồi gửi.");
}

function markInterrupted() {
  if (!document.body.hasAttribute("data-keep-typed")) return;
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT));
    if (kept) sessionStorage.setItem(KEPT, JSON.stringify({ ...kept, interrupted: true }));
    const back = document.querySelector("[data-back]");
    if (kept && back) back.href = kept.path + kept.search;
  } catch { /* storage switched off: the browser's own "back" still has the text */ }
}

markInterrupted();
restore();

guarded.forEach((form, index) => {
  form.addEventListener("input", () => { form.dataset.dirty = "1"; });
  form.addEventListener("submit", () => {
    delete form.dataset.dirty;
    try {
      const kept = { path: location.pathname, search: location.search, form: form.id || String(index), at: Date.now(), typed: typedOf(form) };
      sessionStorage.setItem(KEPT, JSON.stringify(kept));
    } catch { /* full or switched off */ }
  });
});
window.addEventListener("beforeunload", (event) => {
  if (guarded.some((form) => form.dataset.dirty)) event.preventDefault();
});

// A form goes off once; a second click while it is on its way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  // Signing out on a shared machine leaves nothing for the next person.
  if (form.matches("[data-forget]")) sessionStorage.removeItem(KEPT);
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  const button = event.submitter;
  // Not `disabled`: the name and value of the button belong to what is sent.
  if (button) { button.setAttribute("aria-disabled", "true"); button.classList.add("is-busy"); }
});
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll(".is-busy")) { button.removeAttribute("aria-disabled"); button.classList.remove("is-busy"); }
});

// 27032025 and 27-3-2025 become 27/03/2025 when the field is left.
document.addEventListener("change", (event) => {
  const field = event.target;
  if (!field.matches?.("input[data-date]")) return;
  const parts = /^\s*(\d{1,2})[\s./-]*(\d{1,2})[\s./-]*(\d{4})\s*$/.exec(field.value);
  if (parts) field.value = `${parts[1].padStart(2, "0")}/${parts[2].padStart(2, "0")}/${parts[3]}`;
});

// Chosen files are shown with their size; too large ones are named before the upload.
const sizeOf = (bytes) => bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1).replace(".", ",")} MB`;

for (const box of document.querySelectorAll("[data-file]")) {
  const inputs = [...box.querySelectorAll("input[type=file]")];
  const list = box.querySelector("[data-previews]");
  const limit = Number(box.dataset.maxBytes) || Infinity;
  const draw = () => {
    list.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
    list.replaceChildren();
    for (const file of inputs.flatMap((input) => [...input.files])) {
      const item = document.createElement("li");
      if (/^image\/(jpeg|png|webp|gif)$/.test(file.type)) {
        const image = document.createElement("img");
        image.alt = "";
        image.src = URL.createObjectURL(file);
        item.append(image);
      }
      const name = document.createElement("span");
      name.textContent = `${file.name} (${sizeOf(file.size)})`;
      item.append(name);
      if (file.size > limit) {
        const warning = document.createElement("span");
        warning.className = "too-large";
        warning.textContent = ` Quá lớn: tối đa ${sizeOf(limit)}.`;
        item.append(warning);
      }
      list.append(item);
    }
  };
  for (const input of inputs) {
    input.addEventListener("change", () => {
      if (!inputs[0].multiple && input.files.length) for (const other of inputs) if (other !== input) other.value = "";
      draw();
    });
  }
  box.addEventListener("dragover", (event) => { event.preventDefault(); box.classList.add("is-over"); });
  box.addEventListener("dragleave", () => box.classList.remove("is-over"));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    box.classList.remove("is-over");
    inputs[0].files = event.dataTransfer.files;
    inputs[0].dispatchEvent(new Event("change", { bubbles: true }));
  });
}
