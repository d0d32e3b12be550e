// Brings the check of form.js to the pages drawn by templates/procedures/form/: questions appear and disappear, items
// are added and taken out, and a page with errors is not sent but says what to repair.

import { clean, holds, sift } from "./form.js";

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
// A press that leaves a field changes it: were the page moved before the press ends, the click would miss its mark.
let pressed = false;
document.addEventListener("pointerdown", () => { pressed = true; }, true);
for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => { pressed = false; }, true);
const afterPress = (work) => {
  if (!pressed) return work();
  document.addEventListener("pointerup", () => setTimeout(work), { once: true });
};

const idOf = (pointer) => pointer.slice(1).replaceAll("/", "-");

function start(box) {
  const form = box.closest("form");
  const { form: schema, group, values, context, today } = JSON.parse(document.getElementById(box.dataset.eform).textContent);
  let checkedOnce = Boolean(document.querySelector("[data-error-summary]"));

  const typed = () => {
    const found = new FormData(form);
    return { ...values, [group]: read(schema.properties[group], found, group) };
  };

  function refresh() {
    const data = typed();
    const root = sift(schema, data, context);
    show(schema.properties[group], data[group], `/${group}`, root, null);
  }

  function show(child, value, pointer, root, item) {
    const element = box.querySelector(`[data-pointer="${pointer}"]`);
    if (element) element.hidden = !holds(child["x-when"], root, item);
    if (child.type === "object") {
      for (const [key, part] of Object.entries(child.properties)) show(part, value?.[key], `${pointer}/${key}`, root, item);
    } else if (child.type === "array" && child.items.type === "object") {
      (value ?? []).forEach((part, index) => {
        // What the item itself keeps decides, so that a hidden answer decides nothing.
        const alone = sift(child.items, part, {});
        for (const [key, inner] of Object.entries(child.items.properties)) {
          show(inner, part?.[key], `${pointer}/${index}/${key}`, root, alone);
        }
      });
    }
  }

  const errorsNow = () => clean(schema, typed(), { today, context }).errors
    .filter(([pointer]) => pointer === `/${group}` || pointer.startsWith(`/${group}/`));

  form.addEventListener("change", (event) => afterPress(() => {
    refresh();
    const field = event.target.closest?.("[data-pointer]");
    if (!checkedOnce || !field || !field.querySelector(".error")) return;
    const still = errorsNow().find(([pointer]) => pointer === field.dataset.pointer);
    mark(field, still ? still[1] : "");
  }));
  form.addEventListener("input", (event) => {
    if (event.target.matches("input[type=radio], input[type=checkbox], select")) refresh();
  });

  // Before everybody else, so that a page held back is neither marked as sent nor forgotten as saved.
  document.addEventListener("submit", (event) => {
    if (event.target !== form || event.submitter?.formNoValidate) return;
    for (const list of box.querySelectorAll("[data-list-name]")) dropBlank(list);
    const errors = errorsNow();
    checkedOnce = true;
    for (const field of box.querySelectorAll("[data-pointer]")) mark(field, "");
    if (!errors.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    for (const [pointer, message] of errors) {
      const field = box.querySelector(`[data-pointer="${pointer}"]`);
      if (field) mark(field, message);
    }
    summarise(form, errors);
  }, true);

  box.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add], [data-remove]");
    if (!button) return;
    event.preventDefault();
    const list = button.closest("[data-list-name]");
    if (button.hasAttribute("data-add")) addItem(list);
    else removeItem(list, button.closest("[data-item]"));
    form.dispatchEvent(new Event("input", { bubbles: true }));
    refresh();
  });

  for (const list of box.querySelectorAll("[data-list-name]")) renumber(list);
  refresh();
}

// The page's own reading of its controls, as rules/posting.py does it; empty items stay in their place here.
function read(schema, found, name) {
  if (schema.type === "object") {
    const parts = {};
    for (const [key, child] of Object.entries(schema.properties)) {
      const value = read(child, found, `${name}.${key}`);
      if (value !== undefined) parts[key] = value;
    }
    return parts;
  }
  if (schema.type === "array" && schema.items.type === "object") {
    const places = [...found.keys()].filter((key) => key.startsWith(`${name}.`)).map((key) => Number(key.slice(name.length + 1).split(".")[0]));
    const most = document.querySelectorAll(`[data-list-name="${name}"] [data-items] > [data-item]`).length;
    return Array.from({ length: Math.max(most, ...places.map((at) => at + 1), 0) }, (_, index) => read(schema.items, found, `${name}.${index}`));
  }
  const all = found.getAll(name);
  if (schema.type === "array") return all.filter(Boolean);
  const last = all.at(-1);
  if (schema.type === "boolean" && (schema["x-widget"] ?? "checkbox") === "checkbox") return last !== undefined && !["", "false", "0"].includes(last);
  return last;
}

// Errors at the field, and the summary above

function mark(holder, message) {
  const field = holder.matches("[data-list-name]") ? holder : holder.querySelector(":scope > .field");
  if (!field) return;
  field.querySelector(":scope > .error")?.remove();
  field.classList.toggle("field-error", Boolean(message));
  const id = idOf(holder.dataset.pointer);
  const control = document.getElementById(id);
  const errorId = `${id}-error`;
  const described = (control?.getAttribute("aria-describedby") ?? "").split(" ").filter((part) => part && part !== errorId);
  if (message) {
    const line = document.createElement("span");
    line.className = "error";
    line.id = errorId;
    line.textContent = message;
    const before = field.querySelector(":scope > .help") ?? field.querySelector(":scope > .label, :scope > legend, :scope > h2");
    if (before) before.after(line);
    else field.prepend(line);
    described.push(errorId);
  }
  if (!control || control === field) return;
  if (described.length) control.setAttribute("aria-describedby", described.join(" "));
  else control.removeAttribute("aria-describedby");
  if (message) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
}

function summarise(form, errors) {
  document.querySelector("[data-error-summary]")?.remove();
  const box = document.createElement("div");
  box.className = "error-summary";
  box.setAttribute("role", "alert");
  box.setAttribute("tabindex", "-1");
  box.setAttribute("data-error-summary", "");
  const title = document.createElement("h2");
  title.textContent = errors.length === 1 ? "Có một chỗ cần sửa" : `Có ${errors.length} chỗ cần sửa`;
  const list = document.createElement("ul");
  for (const [pointer, message] of errors) {
    const link = document.createElement("a");
    link.href = `#${idOf(pointer)}`;
    link.textContent = message;
    const line = document.createElement("li");
    line.append(link);
    list.append(line);
  }
  box.append(title, list);
  form.prepend(box);
  box.focus();
  box.scrollIntoView({ block: "start" });
}

// Repeated groups

const itemsOf = (list) => [...list.querySelectorAll(":scope > [data-items] > [data-item]")];

function addItem(list) {
  if (itemsOf(list).length >= Number(list.dataset.most)) return;
  const fresh = list.querySelector(":scope > template[data-new]").content.cloneNode(true);
  const item = fresh.querySelector("[data-item]");
  list.querySelector(":scope > [data-items]").append(fresh);
  renumber(list);
  item.focus();
}

function removeItem(list, item) {
  item.remove();
  renumber(list);
  list.focus();
}

function dropBlank(list) {
  const least = Number(list.dataset.least);
  for (const item of itemsOf(list)) {
    if (itemsOf(list).length <= least) break;
    const controls = [...item.querySelectorAll("input, select, textarea")];
    const blank = controls.every((control) => control.type === "checkbox" || control.type === "radio" ? !control.checked : !control.value.trim());
    if (blank) item.remove();
  }
  renumber(list);
}

function renumber(list) {
  const name = list.dataset.listName;
  const places = [["name", name, "."], ["value", name, "."], ["id", name.replaceAll(".", "-"), "-"], ["for", name.replaceAll(".", "-"), "-"],
    ["aria-describedby", name.replaceAll(".", "-"), "-"], ["data-pointer", `/${name.replaceAll(".", "/")}`, "/"]];
  const items = itemsOf(list);
  items.forEach((item, index) => {
    for (const element of [item, ...item.querySelectorAll("*")]) {
      for (const [attribute, prefix, sign] of places) {
        const text = element.getAttribute(attribute);
        if (text === null || (attribute === "value" && !element.matches("[data-remove]"))) continue;
        const renamed = text.replace(new RegExp(`(^| )${escaped(prefix + sign)}(\\d+|__new__)(?=$|[ .\\-/])`, "g"), `$1${prefix}${sign}${index}`);
        if (renamed !== text) element.setAttribute(attribute, renamed);
      }
    }
    const title = `${list.dataset.itemTitle} ${index + 1}`;
    item.querySelector("[data-title]").textContent = title;
    const word = item.querySelector("[data-remove] .visually-hidden");
    if (word) word.textContent = ` ${title}`;
  });
  list.querySelector(":scope > [data-none]").hidden = items.length > 0;
  list.querySelector(":scope > [data-add]").hidden = items.length >= Number(list.dataset.most);
}

for (const box of document.querySelectorAll("[data-eform]")) start(box);
