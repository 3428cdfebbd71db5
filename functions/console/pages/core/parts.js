// Pieces that all pages are made of: state badges, notices, buttons that work once, dialogs, skeletons, the stepper, times.

import { el, fill, focusOn } from "./dom.js";
import { common, states, t } from "./words.js";
import { Refusal } from "./api.js";

const words = {
  unchecked: { zh: "证书签发机构未核验", en: "Certificate issuers not checked" },
  waiting: { zh: "请稍候", en: "One moment" },
  slow: { zh: "正在等待{what}，请稍候。", en: "Still waiting for {what}." },
  server: { zh: "服务器响应", en: "the server" },
  steps: { zh: "申请步骤", en: "Steps" },
  done: { zh: "已完成", en: "done" },
  now: { zh: "当前步骤", en: "current step" },
  contactBy: { zh: "商务联系人：{name}，{phone}，", en: "Business contact: {name}, {phone}, " },
  logIn: { zh: "重新登录", en: "Log in again" },
  step1: { zh: "填写甲方信息", en: "Party A's information" },
  step2: { zh: "确认合同内容", en: "Confirm the content" },
  step3: { zh: "填写签署方信息", en: "Name the signer" },
  step4: { zh: "在线签署", en: "Sign online" },
};

const tones = {
  draft: "muted", confirmed: "accent", signing: "accent", revoking: "warn", completing: "accent",
  signed: "good", revoked: "muted", declined: "bad", expired: "bad", closed: "muted",
};

/** A contract's state: a word with a dot; and where it is signed, whether something about that was not checked. */
export function badge({ state, document: signed }) {
  return [
    el("span", { className: `badge ${tones[state] ?? "muted"}`, "data-state": state }, states[state] ? t(states[state]) : state),
    signed && !signed.chainChecked ? el("span", { className: "badge warn", "data-unchecked": "chain" }, t(words.unchecked)) : null,
  ];
}

/** A message in the page. `tone`: note, good, warn or bad. */
export function notice(tone, ...children) {
  return el("div", { className: `notice ${tone}`, role: tone === "bad" ? "alert" : "status" }, ...children);
}

/** The business contact, as a line. */
export function contactLine(contact) {
  if (!contact) return null;
  return el("p", { className: "contact" },
    t(words.contactBy, contact), el("a", { href: `mailto:${contact.email}` }, contact.email));
}

/** What went wrong, with a way on: again, or log in, or whom to ask. */
export function failure(error, again) {
  const refused = error instanceof Refusal ? error : null;
  if (!refused) console.error(error);
  return notice("bad",
    el("p", {}, refused ? refused.message : String(error.message ?? error)),
    contactLine(refused?.contact),
    refused?.status === 401
      ? button(t(words.logIn), async () => (await import("./session.js")).logIn(), "secondary")
      : again && button(t(common.retry), again, "secondary"));
}

/** A button that cannot be pressed twice while what it does is going on. `kind`: primary, secondary, danger or quiet. */
export function button(label, act, kind = "primary", props = {}) {
  const element = el("button", { type: "button", className: `button ${kind}`, ...props }, el("span", {}, label));
  element.addEventListener("click", () => busy(element, act));
  return element;
}

/** Runs what a button does; meanwhile it shows so. Resolves when it is done. */
export async function busy(element, act) {
  if (element.getAttribute("aria-busy") === "true") return;
  element.setAttribute("aria-busy", "true");
  try {
    await act();
  } finally {
    element.removeAttribute("aria-busy");
  }
}

/** A link that looks like a button. */
export function linkButton(label, href, kind = "primary", props = {}) {
  return el("a", { className: `button ${kind}`, href, ...props }, label);
}

/**
 * A modal dialog. `body` is shown; `actions` makes the buttons from `close`, the first of which is focused by the browser. Resolves with
 * what `close` was given, `undefined` where it was dismissed.
 */
export function dialog(title, body, actions) {
  return new Promise((resolve) => {
    let result;
    const heading = el("h2", { id: "dialog-title" }, title);
    const box = el("dialog", { "aria-labelledby": "dialog-title" });
    const close = (value) => { result = value; box.close(); };
    box.append(heading, el("div", { className: "dialog-body" }, body), el("div", { className: "actions" }, actions(close)));
    box.addEventListener("close", () => { box.remove(); resolve(result); });
    document.body.append(box);
    box.showModal();
  });
}

/** Grey lines in the place of what is loading. After five seconds it says what is waited for. */
export function skeleton(lines = 3, what = t(words.server)) {
  const said = el("p", { className: "muted" });
  const box = el("div", { className: "skeleton", role: "status", "aria-label": t(words.waiting) },
    Array.from({ length: lines }, () => el("div", { className: "bar" })), said);
  setTimeout(() => { if (box.isConnected) said.textContent = t(words.slow, { what }); }, 5000);
  return box;
}

/**
 * Fills `place` with what `load` gives; a skeleton after 400 ms, and a message with a retry where it fails. Resolves with what was loaded,
 * or null.
 */
export async function loaded(place, load, show, what) {
  const timer = setTimeout(() => fill(place, skeleton(4, what)), 400);
  try {
    const value = await load();
    clearTimeout(timer);
    fill(place, await show(value));
    return value;
  } catch (error) {
    clearTimeout(timer);
    fill(place, failure(error, () => loaded(place, load, show, what)));
    return null;
  }
}

/** Where one is in the four steps; `at` from 1 to 4. */
export function stepper(at) {
  const names = [words.step1, words.step2, words.step3, words.step4];
  return el("ol", { className: "stepper", "aria-label": t(words.steps) }, names.map((name, place) => {
    const step = place + 1;
    const standing = step < at ? "done" : step === at ? "now" : "later";
    return el("li", { className: standing, ...(standing === "now" ? { "aria-current": "step" } : {}) },
      el("span", { className: "step-number", "aria-hidden": "true" }, standing === "done" ? "✓" : String(step)),
      el("span", {}, t(name), standing === "done" ? el("span", { className: "visually-hidden" }, `（${t(words.done)}）`) : null));
  }));
}

/** The heading of a page; it gets the focus when the page is shown. */
export function heading(text, ...beside) {
  return el("div", { className: "page-head" }, el("h1", { tabIndex: -1 }, text), beside);
}

/** A table of labels and values; pairs whose value is null are left out. */
export function facts(pairs) {
  return el("dl", { className: "facts" }, pairs.filter(([, value]) => value !== null && value !== undefined && value !== "").map(
    ([label, value]) => el("div", {}, el("dt", {}, label), el("dd", {}, value))));
}

const clock = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
});

/** `2026-11-23 14:05 (UTC+8)`. */
export function time(text) {
  if (!text) return "";
  return el("time", { dateTime: text, className: "figures" }, `${clock.format(new Date(text))} (UTC+8)`);
}

/** A SHA-256, which may break anywhere. */
export function hash(text) {
  return el("code", { className: "hash" }, text);
}

export { focusOn };
