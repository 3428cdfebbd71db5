// What went into a contract, as labels and values; with links back to change it where that is possible.

import { el } from "../core/dom.js";
import { common, kinds, t } from "../core/words.js";
import { facts } from "../core/parts.js";

const words = {
  type: { zh: "签署类型", en: "Signing type" },
  address: { zh: "联系地址", en: "Contact address" },
  contactName: { zh: "联系人", en: "Contact" },
  phone: { zh: "联系电话", en: "Phone" },
  email: { zh: "联系邮箱", en: "E-mail" },
  billingEmail: { zh: "账单接收邮箱", en: "Billing e-mail" },
  invoiceTitle: { zh: "发票抬头", en: "Invoice title" },
  taxNumber: { zh: "纳税人识别号", en: "Tax number" },
  invoiceType: { zh: "发票类型", en: "Invoice type" },
  general: { zh: "增值税普通发票", en: "General VAT invoice" },
  special: { zh: "增值税专用发票", en: "Special VAT invoice" },
  registeredAddress: { zh: "注册地址", en: "Registered address" },
  registeredPhone: { zh: "注册电话", en: "Registered phone" },
  bank: { zh: "开户银行", en: "Bank" },
  bankAccount: { zh: "银行账号", en: "Bank account" },
  change: { zh: "修改", en: "Change" },
};

/** `edit`: the address of step 1, where each value may be changed. */
export function summary({ subject, partyA, billingEmail, invoice }, { edit } = {}) {
  const value = (label, pointer, text) => [t(label), text && (edit
    ? el("span", { className: "changeable" }, el("span", {}, text),
      el("a", { href: `${edit}?field=${encodeURIComponent(pointer)}`, "aria-label": `${t(words.change)}：${t(label)}` }, t(words.change)))
    : text)];
  return facts([
    [t(common.subject), subject.name],
    [t(words.type), t(kinds[subject.type])],
    value(words.address, "/partyA/address", partyA.address),
    value(words.contactName, "/partyA/contactName", partyA.contactName),
    value(words.phone, "/partyA/phone", partyA.phone),
    value(words.email, "/partyA/email", partyA.email),
    value(words.billingEmail, "/billingEmail", billingEmail),
    ...(invoice ? [
      value(words.invoiceTitle, "/invoice/title", invoice.title),
      value(words.taxNumber, "/invoice/taxNumber", invoice.taxNumber),
      value(words.invoiceType, "/invoice/type", t(words[invoice.type])),
      value(words.registeredAddress, "/invoice/registeredAddress", invoice.registeredAddress),
      value(words.registeredPhone, "/invoice/registeredPhone", invoice.registeredPhone),
      value(words.bank, "/invoice/bank", invoice.bank),
      value(words.bankAccount, "/invoice/bankAccount", invoice.bankAccount),
    ] : []),
  ]);
}
