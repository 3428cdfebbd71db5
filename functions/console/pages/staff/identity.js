// Changing an account's identity: the form, and the dialogs that say what the change does to its open contract.

import { el, fill } from "../core/dom.js";
import { common, t } from "../core/words.js";
import { del, put, Refusal } from "../core/api.js";
import { body, check, complain, field, refuse } from "../core/form.js";
import { busy, button, dialog, failure } from "../core/parts.js";
import { subjectFields } from "./subject.js";

const words = {
  register: { zh: "登记实名", en: "Register an identity" },
  replace: { zh: "更换主体", en: "Replace the identity" },
  same: {
    zh: "名称、类型与证件均与现有主体相同时，只更新认证时间，不影响合同。",
    en: "With the same name, type and document only the time of verification changes; contracts are not touched.",
  },
  verifiedAt: { zh: "认证时间（UTC+8）", en: "Verified at (UTC+8)" },
  verifiedAtHint: { zh: "不能早于已记录的认证时间，也不能是将来的时间。", en: "Not before the time on record, and not in the future." },
  stale: { zh: "早于该账号已记录的认证时间。", en: "This is before the time that is on record for the account." },
  send: { zh: "提交", en: "Submit" },
  sure: { zh: "更换账号 {account} 的实名主体？", en: "Replace the identity of {account}?" },
  fromTo: { zh: "“{from}”将更换为“{to}”。", en: "“{from}” is replaced by “{to}”." },
  go: { zh: "确认更换", en: "Replace" },
  takeBack: { zh: "撤回账号 {account} 的实名？", en: "Take back the verification of {account}?" },
  takeBackIs: { zh: "该账号不能再申请电子合同，直至重新实名。", en: "The account cannot apply until it is verified again." },
  takeBackGo: { zh: "撤回实名", en: "Take back" },
  kept: { zh: "已签署的合同不受影响。", en: "Signed contracts are not touched." },
  none: { zh: "该账号没有进行中的合同。", en: "The account has no open contract." },
  draft: { zh: "进行中的合同 {number} 会立即撤销。", en: "The open contract {number} is revoked at once." },
  signing: {
    zh: "进行中的合同 {number} 会向签署平台申请撤销；若签署人已先完成签署，合同仍归原主体并生效。",
    en: "The signing service is asked to revoke the open contract {number}. If the signer was first, it is in force for the old subject.",
  },
  revoking: { zh: "合同 {number} 已在撤销中，不受影响。", en: "Contract {number} is being revoked already; nothing changes for it." },
  completing: { zh: "合同 {number} 双方已签署，正在归档，仍归原主体。", en: "Contract {number} was signed by both parties and is being archived; it stays with the old subject." },
};

const effects = { draft: words.draft, confirmed: words.draft, signing: words.signing, revoking: words.revoking, completing: words.completing };

/** What becomes of the account's contracts when its subject changes, as sentences. */
function consequences(open) {
  const texts = open.length === 0 ? [t(words.none)] : open.map((contract) => t(effects[contract.state], contract));
  return [...texts, t(words.kept)].map((text) => el("p", { className: "effect" }, text));
}

/** Now, as the field for it takes it. */
function now() {
  return new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 16);
}

/** The form; `done` gets what the API answers. */
export function register({ account, identity, open }, done, cancel) {
  const place = el("div");
  const submit = el("button", { type: "submit", className: "button primary", id: "submit-identity" }, el("span", {}, t(words.send)));
  const form = el("form", { noValidate: true, className: "card", id: "identity-form" },
    el("h2", {}, t(identity ? words.replace : words.register)),
    identity ? [consequences(open), el("p", { className: "muted" }, t(words.same))] : null,
    subjectFields("", identity),
    el("div", { className: "columns" },
      field({ pointer: "/verifiedAt", label: t(words.verifiedAt), kind: "datetime-local", hint: t(words.verifiedAtHint), value: now() })),
    place,
    el("div", { className: "actions" }, submit, button(t(common.cancel), cancel, "secondary")));
  const send = async () => {
    fill(place);
    if (!check(form)) return undefined;
    const told = body(form);
    told.verifiedAt = new Date(`${told.verifiedAt}+08:00`).toISOString();
    if (identity && !(await sure({ account, identity, open, told }))) return undefined;
    let changed;
    try {
      changed = await put(`/v1/staff/customers/${encodeURIComponent(account)}/identity`, told);
    } catch (error) {
      if (!(error instanceof Refusal && error.code === "stale_revision")) return refuse(form, place, error, send);
      const control = form.querySelector("[name='/verifiedAt']");
      complain(control, t(words.stale));
      return control.focus();
    }
    return done(changed);
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); busy(submit, send); });
  return form;
}

function sure({ account, identity, open, told }) {
  const said = [el("p", {}, t(words.fromTo, { from: identity.name, to: told.name })), consequences(open), el("p", { className: "muted" }, t(words.same))];
  return dialog(t(words.sure, { account }), said, (close) => [
    button(t(common.cancel), () => close(false), "secondary"),
    button(t(words.go), () => close(true), open.length > 0 ? "danger" : "primary", { id: "replace-now" }),
  ]);
}

/** Asks, and takes the verification back. Resolves with what the API answers, or undefined where it was not done. */
export function takeBack({ account, open }) {
  const place = el("div");
  return dialog(t(words.takeBack, { account }), [el("p", {}, t(words.takeBackIs)), consequences(open), place], (close) => {
    const send = async () => {
      try {
        close(await del(`/v1/staff/customers/${encodeURIComponent(account)}/identity`));
      } catch (error) {
        fill(place, failure(error));
      }
    };
    return [button(t(common.cancel), () => close(), "secondary"), button(t(words.takeBackGo), send, "danger", { id: "take-back-now" })];
  });
}
