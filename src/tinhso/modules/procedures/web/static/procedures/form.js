// Checks an e-form in the browser by the same schema as the server (rules/forms.py, rules/messages.py), with the same
// words. The server checks again: this only saves a round trip. Both run tests/form_cases.json.

const PHONE = "^0[0-9]{9,10}$";
const IDENTITY = "^[0-9]{12}$";
const MAX_ITEMS = 200;
const MISSING = Symbol("missing");

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isPresent = (value) => value !== null && value !== undefined && value !== MISSING && value !== ""
  && !(Array.isArray(value) && !value.length) && !(isObject(value) && !Object.keys(value).length);

function at(data, pointer) {
  let value = data;
  for (const step of pointer.split("/").slice(1)) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (isObject(value) && Object.hasOwn(value, key)) value = value[key];
    else if (Array.isArray(value) && /^\d+$/.test(key) && Number(key) < value.length) value = value[Number(key)];
    else return MISSING;
  }
  return value;
}

export function holds(condition, data, item) {
  if (condition === null || condition === undefined) return true;
  if (condition.all) return condition.all.every((part) => holds(part, data, item));
  if (condition.any) return condition.any.some((part) => holds(part, data, item));
  if (condition.not) return !holds(condition.not, data, item);
  const value = condition.field.startsWith("./") ? at(item, condition.field.slice(1)) : at(data, condition.field);
  if ("present" in condition) return isPresent(value) === condition.present;
  if (value === MISSING) return false;
  return "equals" in condition ? value === condition.equals : condition.in.includes(value);
}

// What is typed

const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

export const normalised = (text) => text.replace(/\r\n?/g, "\n").normalize("NFC").replace(CONTROL, "").trim();

function isDay(text) {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return false;
  const [year, month, day] = match.slice(1).map(Number);
  const found = new Date(Date.UTC(year, month - 1, day));
  return year >= 1800 && found.getUTCFullYear() === year && found.getUTCMonth() === month - 1 && found.getUTCDate() === day;
}

export function isoDate(typed) {
  const match = /^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})$/.exec(typed);
  if (!match) return isDay(typed) ? typed : null;
  const text = `${match[3]}-${match[2].padStart(2, "0")}-${match[1].padStart(2, "0")}`;
  return isDay(text) ? text : null;
}

export function number(typed) {
  let text = typed.replaceAll("\u00a0", " ").trim();
  if (/^[+-]?\d{1,3}([. ]\d{3})+(,\d+)?$/.test(text)) text = text.replace(/[. ]/g, "");
  if (!/^[+-]?\d{1,15}([.,]\d{1,10})?$/.test(text)) return null;
  return Number(text.replace(",", "."));
}

const ordered = (schema) => {
  const keys = Object.keys(schema.properties ?? {});
  const order = (schema["x-order"] ?? []).filter((key) => keys.includes(key));
  return [...order, ...keys.filter((key) => !order.includes(key))];
};

function withWidgetRules(schema) {
  const rules = { ...schema };
  if (schema.type !== "string" || "oneOf" in schema || "enum" in schema || "const" in schema) return rules;
  const widget = schema["x-widget"];
  rules.maxLength ??= widget === "textarea" ? 4000 : 300;
  if (widget === "phone") rules.pattern ??= PHONE;
  if (widget === "identity") rules.pattern ??= IDENTITY;
  if (widget === "date" || widget === "email") rules.format ??= widget;
  return rules;
}

function typedValue(schema, text) {
  if (text === "") return undefined;
  if (schema.type === "integer" || schema.type === "number") return number(text) ?? text;
  if (schema.type === "boolean") return { true: true, on: true, 1: true, false: false, 0: false }[text] ?? text;
  if (schema.format === "date") return isoDate(text) ?? text;
  if (schema["x-widget"] === "phone" || schema["x-widget"] === "identity") {
    const compact = text.replace(/[\s.\-()]/g, "");
    return schema["x-widget"] === "phone" && compact.startsWith("+84") ? `0${compact.slice(3)}` : compact;
  }
  return text;
}

const answered = (value) => {
  if (Array.isArray(value)) return value.some(answered);
  if (isObject(value)) return Object.values(value).some(answered);
  if (typeof value === "string") return value.trim() !== "";
  return value !== null && value !== undefined && value !== false;
};

// One pass from the first question to the last: what is kept, and the schema that holds for it.

function siftObject(schema, data, root, kept, item) {
  const source = isObject(data) ? data : {};
  const shown = {};
  const required = new Set(schema.required ?? []);
  for (const key of ordered(schema)) {
    const child = schema.properties[key];
    if (!holds(child["x-when"], root, item)) { required.delete(key); continue; }
    if (child.type === "object") {
      const part = {};
      kept[key] = part;
      const effective = siftObject(child, source[key], root, part, item);
      if (!required.has(key) && !answered(part)) { delete kept[key]; continue; }
      shown[key] = effective;
      continue;
    }
    let value;
    [value, shown[key]] = siftValue(child, source[key], root);
    if (value !== undefined) kept[key] = value;
    else if (child.type === "array" && required.has(key)) {
      if (child.minItems) kept[key] = [];
      else if (child.items.type === "object") required.delete(key);
    }
  }
  return { ...schema, properties: shown, required: [...required].sort() };
}

function siftValue(schema, value, root) {
  if (schema.type === "array") return siftArray(schema, value, root);
  const effective = withWidgetRules(schema);
  if (typeof value === "string") return [typedValue(effective, normalised(value)), effective];
  return [value === null || (typeof value === "object" && !isPresent(value)) ? undefined : value, effective];
}

function siftArray(schema, value, root) {
  const limit = schema.maxItems ?? MAX_ITEMS;
  const source = Array.isArray(value) ? value.slice(0, limit + 1) : value === undefined || value === null || value === "" ? [] : [value];
  const effective = { ...schema, maxItems: limit };
  if (schema.items.type !== "object") {
    const chosen = source.map((part) => typeof part === "string" ? normalised(part) : part).filter((part) => part !== "");
    return [chosen.length ? chosen : undefined, effective];
  }
  const kept = [];
  const shapes = [];
  for (const part of source) {
    if (!isObject(part)) continue;
    if (!answered(part) && source.length > (schema.minItems ?? 0)) continue;
    const item = {};
    shapes.push(siftObject(schema.items, part, root, item, item));
    kept.push(item);
  }
  return [kept.length ? kept : undefined, { ...effective, prefixItems: shapes }];
}

// What is wrong

const RANK = { required: 0, type: 1, format: 2, pattern: 3 };
const TYPES = {
  string: (value) => typeof value === "string",
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  array: Array.isArray,
  object: isObject,
};
const BROKEN = {
  type: (limit, value) => !TYPES[limit](value),
  const: (limit, value) => value !== limit,
  enum: (limit, value) => !limit.includes(value),
  oneOf: (limit, value) => limit.filter((option) => option.const === value).length !== 1,
  minLength: (limit, value) => typeof value === "string" && [...value].length < limit,
  maxLength: (limit, value) => typeof value === "string" && [...value].length > limit,
  pattern: (limit, value) => typeof value === "string" && !new RegExp(limit, "u").test(value),
  format: (limit, value) => typeof value === "string"
    && (limit === "date" ? !isDay(value) : limit === "email" && !/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(value)),
  minimum: (limit, value) => typeof value === "number" && value < limit,
  maximum: (limit, value) => typeof value === "number" && value > limit,
  exclusiveMinimum: (limit, value) => typeof value === "number" && value <= limit,
  exclusiveMaximum: (limit, value) => typeof value === "number" && value >= limit,
  multipleOf: (limit, value) => typeof value === "number" && Math.abs(value / limit - Math.round(value / limit)) > 1e-9,
  minItems: (limit, value) => Array.isArray(value) && value.length < limit,
  maxItems: (limit, value) => Array.isArray(value) && value.length > limit,
  uniqueItems: (limit, value) => limit && Array.isArray(value)
    && new Set(value.map((part) => JSON.stringify(part))).size !== value.length,
};

function check(schema, value, pointer, errors) {
  const put = (place, keyword, of) => {
    const rank = RANK[keyword] ?? 9;
    const known = errors.get(place);
    if (!known || rank < known.rank) errors.set(place, { rank, message: messageOf(of, keyword) });
  };
  for (const keyword of Object.keys(schema)) {
    if (BROKEN[keyword]?.(schema[keyword], value)) put(pointer, keyword, schema);
  }
  if (isObject(value) && schema.properties) {
    for (const key of schema.required ?? []) {
      if (!Object.hasOwn(value, key)) put(`${pointer}/${key}`, "required", schema.properties[key] ?? {});
    }
    for (const [key, child] of Object.entries(schema.properties)) {
      if (Object.hasOwn(value, key)) check(child, value[key], `${pointer}/${key}`, errors);
    }
  } else if (Array.isArray(value) && schema.type === "array") {
    if (schema.items.type === "object") {
      value.forEach((part, index) => check(schema.prefixItems?.[index] ?? schema.items, part, `${pointer}/${index}`, errors));
    } else {
      // A choice of a list of choices: the list is what a person sees.
      const inner = new Map();
      value.forEach((part, index) => check(schema.items, part, `/${index}`, inner));
      if (inner.size) put(pointer, "oneOf", schema);
    }
  }
}

function checkDates(schema, value, root, pointer, today, errors) {
  if (isObject(value)) {
    for (const [key, part] of Object.entries(value)) {
      const child = schema.properties?.[key];
      if (child) checkDates(child, part, root, `${pointer}/${key}`, today, errors);
    }
  } else if (Array.isArray(value)) {
    value.forEach((part, index) => {
      const shape = schema.prefixItems?.[index];
      if (shape) checkDates(shape, part, root, `${pointer}/${index}`, today, errors);
    });
  } else if (typeof value === "string" && !errors.has(pointer)) {
    for (const keyword of ["x-not-after", "x-not-before"]) {
      const rule = schema[keyword];
      if (!rule) continue;
      const limit = rule === "today" ? today : rule.startsWith("/") ? at(root, rule) : rule;
      if (typeof limit !== "string" || !isDay(limit)) continue;
      if (keyword === "x-not-after" ? value > limit : value < limit) errors.set(pointer, { rank: 9, message: messageOf(schema, keyword) });
    }
  }
}

function place(schema, pointer) {
  const found = [];
  for (const step of pointer.split("/").slice(1)) {
    if (schema.type === "array") {
      found.push(/^\d+$/.test(step) ? Number(step) : 0);
      schema = schema.items ?? {};
    } else {
      const keys = ordered(schema);
      found.push(keys.includes(step) ? keys.indexOf(step) : keys.length);
      schema = schema.properties?.[step] ?? {};
    }
  }
  return found;
}

function compare(a, b) {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) if (a[index] !== b[index]) return a[index] - b[index];
  return a.length - b.length;
}

const own = (form, root) => Object.fromEntries(Object.entries(root).filter(([key]) => key in (form.properties ?? {})));

export function sift(form, data, context = {}) {
  const root = { ...context };
  siftObject(form, data, root, root, null);
  return root;
}

/** Answers → { answers, errors }: what is kept, and [pointer, message] from the top of the form down. */
export function clean(form, data, { today, context = {} }) {
  const root = { ...context };
  const effective = siftObject(form, data, root, root, null);
  const answers = own(form, root);
  const errors = new Map();
  check(effective, answers, "", errors);
  checkDates(effective, answers, root, "", today, errors);
  const places = new Map([...errors.keys()].map((pointer) => [pointer, place(effective, pointer)]));
  const sorted = [...errors].sort(([a], [b]) => compare(places.get(a), places.get(b)));
  return { answers, errors: sorted.map(([pointer, { message }]) => [pointer, message]) };
}

// What is said

const isUpper = (letter) => letter !== letter.toLowerCase();
const lowerFirst = (title) => title.length > 1 && isUpper(title[1]) ? title : title.slice(0, 1).toLowerCase() + title.slice(1);
const shownNumber = (value) => Number.isInteger(value)
  ? String(value).replace(/\B(?=(\d{3})+$)/g, ".") : String(value).replace(".", ",");

export function messageOf(schema, keyword) {
  const words = schema["x-errors"] ?? {};
  if (keyword in words) return words[keyword];
  if ((keyword === "minLength" || keyword === "minItems") && "required" in words) return words.required;
  if (keyword === "enum" && "oneOf" in words) return words.oneOf;
  const title = schema.title || "Ô này";
  const name = lowerFirst(title);
  const limit = schema[keyword];
  const widget = schema["x-widget"];
  const isDate = schema.format === "date" || widget === "date";
  const item = lowerFirst(schema["x-item-title"] || "mục");
  switch (keyword) {
    case "required": {
      if (schema.type === "boolean") return "const" in schema ? `Đánh dấu vào ô «${schema.title ?? ""}»` : `Chọn có hoặc không: ${name}`;
      if (schema.type === "array") return `Chọn hoặc thêm ${name}`;
      if (isDate) return `Nhập ${name}, ví dụ 05/03/2026`;
      const chosen = "oneOf" in schema || "enum" in schema || ["select", "radio", "ethnicity"].includes(widget);
      return `${chosen ? "Chọn" : "Nhập"} ${name}`;
    }
    case "type":
      return {
        integer: `${title} phải là số nguyên, ví dụ 2`,
        number: `${title} phải là số, ví dụ 12,5`,
        boolean: `Chọn có hoặc không ở mục «${title}»`,
      }[schema.type] ?? `${title} chưa đúng dạng, hãy nhập lại`;
    case "format":
      return isDate ? `${title} phải có dạng ngày/tháng/năm, ví dụ 05/03/2026` : `${title} phải có dạng ten@example.vn`;
    case "pattern":
      return {
        phone: `${title} gồm 10 hoặc 11 chữ số, bắt đầu bằng số 0`,
        identity: `${title} gồm 12 chữ số`,
      }[widget] ?? `${title} chưa đúng dạng, hãy kiểm tra và nhập lại`;
    case "oneOf": case "enum": return `Chọn một trong các mục của «${title}»`;
    case "const": return schema.type === "boolean" ? `Đánh dấu vào ô «${title}»` : `${title} chưa đúng, hãy nhập lại`;
    case "maxLength": return `${title} dài quá ${limit} ký tự, hãy viết ngắn lại`;
    case "minLength": return `${title} phải có ít nhất ${limit} ký tự`;
    case "minimum": return `${title} phải từ ${shownNumber(limit)} trở lên`;
    case "maximum": return `${title} không được quá ${shownNumber(limit)}`;
    case "exclusiveMinimum": return `${title} phải lớn hơn ${shownNumber(limit)}`;
    case "exclusiveMaximum": return `${title} phải nhỏ hơn ${shownNumber(limit)}`;
    case "multipleOf": return `${title} phải là bội số của ${shownNumber(limit)}`;
    case "minItems": return `Thêm ít nhất ${limit} ${item} vào «${title}»`;
    case "maxItems": return `«${title}» chỉ nhận nhiều nhất ${limit} ${item}`;
    case "uniqueItems": return `«${title}» có mục bị trùng, hãy bỏ bớt`;
    case "x-not-after":
      return schema[keyword] === "today" ? `${title} không được sau hôm nay` : `${title} muộn hơn ngày cho phép, hãy kiểm tra lại`;
    case "x-not-before": return `${title} sớm hơn ngày cho phép, hãy kiểm tra lại`;
    default: return `${title} chưa đúng, hãy kiểm tra và nhập lại`;
  }
}
