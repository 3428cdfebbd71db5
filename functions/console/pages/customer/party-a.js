// Step 1, 填写甲方信息: a new application, or back to the information of one that is not signed yet.

import { el, fill } from "../core/dom.js";
import { common, kinds, reasons, t } from "../core/words.js";
import { get, post, put } from "../core/api.js";
import { claims } from "../core/session.js";
import { body, check, field, populate, refuse } from "../core/form.js";
import { busy, contactLine, facts, heading, linkButton, loaded, notice, stepper } from "../core/parts.js";

const words = {
  title: { zh: "填写甲方信息", en: "Party A's information" },
  type: { zh: "签署类型", en: "Signing type" },
  why: { zh: "为什么不能更改？", en: "Why can't I change this?" },
  because: {
    zh: "签署主体就是账号已实名认证的主体，签署类型随实名类型而定。如需以其他主体签署，请先将账号的实名认证变更为该主体。",
    en: "The signing subject is the one this account is verified as, and the signing type follows from it. To sign as another subject, change the account's verification to that subject first.",
  },
  partyA: { zh: "联系信息", en: "Contact details" },
  address: { zh: "联系地址", en: "Contact address" },
  contactName: { zh: "联系人姓名", en: "Contact name" },
  phone: { zh: "联系电话", en: "Contact phone" },
  phoneHint: { zh: "7 至 20 位数字，可含 + - ( ) 和空格。", en: "7 to 20 digits, with + - ( ) and spaces where needed." },
  email: { zh: "联系邮箱", en: "E-mail" },
  emailHint: { zh: "合同状态变化会通知到此邮箱。", en: "Changes of the contract's state are sent here." },
  billing: { zh: "账单", en: "Billing" },
  billingEmail: { zh: "账单接收邮箱", en: "Billing e-mail" },
  billingHint: { zh: "用于接收每月账单及其他重要通知。", en: "Receives monthly bills and other important notices." },
  invoice: { zh: "发票信息", en: "Invoice" },
  invoiceTitle: { zh: "发票抬头", en: "Invoice title" },
  titleHint: { zh: "须与客户主体名称一致。", en: "Must be the name of the legal subject." },
  taxNumber: { zh: "纳税人识别号", en: "Tax number" },
  taxHint: { zh: "18 位统一社会信用代码。", en: "The unified social credit code of 18 characters." },
  invoiceType: { zh: "发票类型", en: "Invoice type" },
  general: { zh: "增值税普通发票", en: "General VAT invoice" },
  special: { zh: "增值税专用发票", en: "Special VAT invoice" },
  registeredAddress: { zh: "注册地址", en: "Registered address" },
  registeredPhone: { zh: "注册电话", en: "Registered phone" },
  bank: { zh: "开户银行", en: "Bank" },
  bankAccount: { zh: "银行账号", en: "Bank account" },
  next: { zh: "下一步：确认合同内容", en: "Next: confirm the content" },
  rendering: { zh: "合同生成", en: "the contract to be made" },
  stale: { zh: "信息已在别处被更新，下面是最新内容，请核对后再提交。", en: "The information was changed elsewhere. This is how it stands now; please check it and send it again." },
  notNow: { zh: "合同当前所处的状态不能再修改信息。", en: "The information can no longer be changed in the contract's present state." },
  toContract: { zh: "查看合同", en: "View the contract" },
};

export async function show(main, { id, go }) {
  const place = el("div");
  fill(main, stepper(1), heading(t(words.title)), place);
  if (id) {
    await loaded(place, () => get(`/v1/contracts/${id}`), (contract) => (contract.allowed.includes("edit")
      ? form(contract.subject, contract, go)
      : [notice("warn", el("p", {}, t(words.notNow))), linkButton(t(words.toContract), `/contracts/${id}`)]));
    return;
  }
  await loaded(place, () => get("/v1/eligibility"), ({ eligible, reason, subject, contractId, contact }) => {
    if (eligible) return form(subject, null, go);
    return [
      notice("warn", el("p", { "data-reason": reason }, t(reasons[reason])), contactLine(contact)),
      contractId ? linkButton(t(words.toContract), `/contracts/${contractId}`) : linkButton(t(common.back), "/", "secondary"),
    ];
  });
}

/** What was typed and not sent yet, per account and contract, for as long as the tab lives. */
function memory(contract) {
  const name = `countersign-typed:${claims()?.sub}:${contract ? `${contract.id}:${contract.revision}` : "new"}`;
  return {
    read() { try { return JSON.parse(sessionStorage.getItem(name)); } catch { return null; } },
    keep(value) { try { sessionStorage.setItem(name, JSON.stringify(value)); } catch { /* Then a reload loses it. */ } },
    forget() { sessionStorage.removeItem(name); },
  };
}

function form(subject, contract, go) {
  const enterprise = subject.type === "enterprise";
  const kept = memory(contract);
  const place = el("div");
  const special = el("div", { hidden: true },
    text("/invoice/registeredAddress", words.registeredAddress, { most: 200 }),
    el("div", { className: "columns" },
      text("/invoice/registeredPhone", words.registeredPhone, { most: 20, kind: "tel", hint: t(words.phoneHint) }),
      text("/invoice/bank", words.bank, { most: 100 })),
    text("/invoice/bankAccount", words.bankAccount, { most: 40, inputMode: "numeric" }));
  const submit = el("button", { type: "submit", className: "button primary", id: "next" }, el("span", {}, t(words.next)));
  const whole = el("form", { noValidate: true, className: "narrow", id: "party-a" },
    el("section", { className: "card" },
      facts([[t(common.subject), subject.name], [t(words.type), t(kinds[subject.type])]]),
      el("details", {}, el("summary", {}, t(words.why)), el("p", { className: "muted" }, t(words.because)))),
    place,
    el("fieldset", {}, el("legend", {}, t(words.partyA)),
      text("/partyA/address", words.address, { most: 200, autocomplete: "street-address" }),
      el("div", { className: "columns" },
        text("/partyA/contactName", words.contactName, { most: 100, autocomplete: "name" }),
        text("/partyA/phone", words.phone, { most: 20, kind: "tel", hint: t(words.phoneHint), autocomplete: "tel" })),
      text("/partyA/email", words.email, { most: 254, kind: "email", hint: t(words.emailHint), autocomplete: "email" })),
    el("fieldset", {}, el("legend", {}, t(words.billing)),
      text("/billingEmail", words.billingEmail, { most: 254, kind: "email", hint: t(words.billingHint), autocomplete: "email" })),
    enterprise ? el("fieldset", {}, el("legend", {}, t(words.invoice)),
      text("/invoice/title", words.invoiceTitle, { most: 100, value: subject.name, hint: t(words.titleHint) }),
      text("/invoice/taxNumber", words.taxNumber, { most: 18, hint: t(words.taxHint), autocapitalize: "characters" }),
      field({
        pointer: "/invoice/type", label: t(words.invoiceType), kind: "select",
        options: [["general", t(words.general)], ["special", t(words.special)]],
      }), special) : null,
    el("div", { className: "actions" },
      submit,
      linkButton(t(common.cancel), contract ? `/contracts/${contract.id}` : "/", "secondary")));

  const opened = () => { special.hidden = !enterprise || whole.elements["/invoice/type"].value !== "special"; };
  populate(whole, kept.read()?.body ?? contract ?? {});
  opened();
  whole.addEventListener("input", () => { opened(); kept.keep({ ...kept.read(), body: body(whole) }); });
  whole.addEventListener("submit", (event) => { event.preventDefault(); busy(submit, send); });

  async function send() {
    if (!check(whole)) return;
    const sent = body(whole);
    try {
      const made = contract
        ? await put(`/v1/contracts/${contract.id}/party-a`, { ...sent, revision: contract.revision })
        : await post("/v1/contracts", sent, { headers: { "idempotency-key": key(kept, sent) } });
      kept.forget();
      await go(`/contracts/${made.id}/confirm`);
    } catch (error) {
      // An answer that was lost on the way: the contract is there.
      if (!contract && error.code === "contract_open" && error.contractId) {
        kept.forget();
        await go(`/contracts/${error.contractId}`);
        return;
      }
      if (contract && error.code === "stale_revision") {
        const now = await get(`/v1/contracts/${contract.id}`).catch(() => null);
        if (now) {
          kept.forget();
          whole.replaceWith(form(now.subject, now, go));
          document.getElementById("party-a").prepend(notice("warn", el("p", {}, t(words.stale))));
          return;
        }
      }
      refuse(whole, place, error, send);
    }
  }
  // The summary of step 2 leads to the very field.
  const wanted = new URLSearchParams(location.search).get("field");
  if (wanted) requestAnimationFrame(() => [...whole.elements].find((one) => one.name === wanted)?.focus());
  return whole;
}

/** The same key for the same words, so that sending them again makes no second contract. */
function key(kept, sent) {
  const before = kept.read();
  const words = JSON.stringify(sent);
  if (before?.key && before.words === words) return before.key;
  const made = crypto.randomUUID();
  kept.keep({ body: sent, words, key: made });
  return made;
}

function text(pointer, label, props) {
  return field({ pointer, label: t(label), ...props });
}
