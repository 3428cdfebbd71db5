// Forms: labelled fields with hints, checked by the browser first and by the API for good. The API's pointers put its errors beside their fields.

import { el, fill } from "./dom.js";
import { t } from "./words.js";
import { failure, notice } from "./parts.js";
import { Refusal } from "./api.js";

const words = {
  required: { zh: "请填写此项。", en: "Please fill in this field." },
  format: { zh: "格式不正确，请检查。", en: "Please check the format." },
  long: { zh: "最多 {most} 个字符。", en: "At most {most} characters." },
  optional: { zh: "（选填）", en: " (optional)" },
  summary: { zh: "有 {count} 处需要修改：", en: "Please correct {count} fields:" },
};

let count = 0;

/**
 * One field. `pointer` is where its value stands in the body, as `/partyA/phone`. `kind`: text, tel, email, date, textarea, select (with
 * `options`: [value, label] pairs), checkbox.
 */
export function field({ pointer, label, hint, kind = "text", required = true, most, pattern, options, value, autocomplete = "off", id = `field-${++count}`, ...props }) {
  const shared = {
    id, name: pointer, required, autocomplete, "aria-describedby": `${id}-hint ${id}-error`, ...props,
  };
  let control;
  if (kind === "select") {
    control = el("select", shared, options.map(([option, text]) => el("option", { value: option }, text)));
  } else if (kind === "textarea") {
    control = el("textarea", { ...shared, rows: 4, maxLength: most ?? 2000 });
  } else {
    control = el("input", { ...shared, type: kind, ...(kind === "checkbox" || kind === "date" ? {} : { maxLength: most ?? 200 }), ...(pattern ? { pattern } : {}) });
  }
  if (kind === "checkbox") control.checked = value === true;
  else if (value !== undefined && value !== null) control.value = value;
  const error = el("p", { id: `${id}-error`, className: "field-error" });
  const mark = required || kind === "checkbox" ? null : el("span", { className: "muted" }, t(words.optional));
  const box = el("div", { className: `field ${kind === "checkbox" ? "tick" : ""}` },
    kind === "checkbox" ? [control, el("label", { htmlFor: id }, label)] : [el("label", { htmlFor: id }, label, mark), control],
    hint ? el("p", { id: `${id}-hint`, className: "hint" }, hint) : null, error);
  control.addEventListener("input", () => complain(control, ""));
  control.addEventListener("blur", () => { if (control.value && !control.checkValidity()) complain(control, own(control)); });
  return box;
}

/** What the browser's own check says, in the page's words. */
function own(control) {
  const { validity } = control;
  if (validity.valid) return "";
  if (validity.valueMissing) return t(words.required);
  if (validity.tooLong) return t(words.long, { most: control.maxLength });
  return t(words.format);
}

/** Shows an error beside a field, or takes it away. */
export function complain(control, text) {
  const error = document.getElementById(`${control.id}-error`);
  if (error) error.textContent = text;
  if (text) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
}

/** The form's fields by pointer. */
function controls(form) {
  return [...form.elements].filter((control) => control.name?.startsWith("/") && !control.closest("[hidden]"));
}

/** What was typed, as the body that the pointers describe. Empty optional fields and ticks are left out. */
export function body(form) {
  const whole = {};
  for (const control of controls(form)) {
    if (control.type === "checkbox" || (control.type === "radio" && !control.checked)) continue;
    const value = control.value.trim();
    if (!value && !control.required) continue;
    const path = control.name.slice(1).split("/");
    let place = whole;
    for (const part of path.slice(0, -1)) place = place[part] ??= {};
    place[path.at(-1)] = value;
  }
  return whole;
}

/** Fills in what is known, by pointer. */
export function populate(form, whole) {
  for (const control of [...form.elements].filter((one) => one.name?.startsWith("/"))) {
    let value = whole;
    for (const part of control.name.slice(1).split("/")) value = value?.[part];
    if (value === undefined || value === null) continue;
    if (control.type === "radio") control.checked = control.value === String(value);
    else control.value = value;
  }
}

/** Checks the form in the browser; the first bad field gets the focus. */
export function check(form) {
  let first = null;
  for (const control of controls(form)) {
    const text = own(control);
    complain(control, text);
    if (text) first ??= control;
  }
  first?.focus();
  return first === null;
}

/** Puts the API's errors beside their fields, and the rest into `place`. Returns whether a field was found. */
export function refuse(form, place, error, again) {
  if (!(error instanceof Refusal) || error.errors.length === 0) {
    fill(place, failure(error, error instanceof Refusal && error.temporary ? again : undefined));
    place.scrollIntoView({ block: "nearest" });
    return false;
  }
  const known = controls(form);
  const rest = [];
  let first = null;
  for (const { pointer, detail } of error.errors) {
    const control = known.find((one) => one.name === pointer);
    if (control) { complain(control, detail); first ??= control; } else rest.push(`${pointer}: ${detail}`);
  }
  fill(place, notice("bad", el("p", {}, t(words.summary, { count: error.errors.length })),
    el("ul", {}, error.errors.map(({ pointer, detail }) => {
      const control = known.find((one) => one.name === pointer);
      const label = control && document.querySelector(`label[for="${control.id}"]`)?.textContent;
      return el("li", {}, control ? el("a", { href: `#${control.id}`, onclick: (event) => { event.preventDefault(); control.focus(); } }, label) : pointer, "：", detail);
    }))));
  first?.focus();
  return first !== null;
}
