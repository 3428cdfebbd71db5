// Legal subjects as staff type them in and see them: type, name, kind of document and its number, which must fit each other.

import { el, fill } from "../core/dom.js";
import { documents, kinds, t } from "../core/words.js";
import { field } from "../core/form.js";

const words = {
  type: { zh: "主体类型", en: "Type" },
  company: { zh: "企业名称", en: "Company name" },
  person: { zh: "姓名", en: "Name" },
  nameHint: { zh: "与证件上的名称完全一致。", en: "Exactly as on the document." },
  document: { zh: "证件类型", en: "Document" },
  number: { zh: "证件号码", en: "Document number" },
  numberHint: { zh: "提交后仅显示首尾几位。", en: "Once it is sent only its ends are shown." },
};

const documentsOf = {
  enterprise: ["uscc"],
  personal: ["id_card", "hk_macao_permit", "taiwan_permit", "passport"],
};

/** The four fields of a subject, below `prefix` in the body. What is `known` is filled in; a document's number never is. */
export function subjectFields(prefix = "", known = null) {
  const type = known?.type ?? "enterprise";
  const pairs = (table, names) => names.map((name) => [name, t(table[name])]);
  const kind = field({ pointer: `${prefix}/type`, label: t(words.type), kind: "select", options: pairs(kinds, ["enterprise", "personal"]), value: type });
  const name = field({ pointer: `${prefix}/name`, label: "", most: 100, hint: t(words.nameHint), value: known?.name });
  const paper = field({ pointer: `${prefix}/credentialType`, label: t(words.document), kind: "select", options: pairs(documents, documentsOf[type]), value: known?.credentialType });
  const number = field({ pointer: `${prefix}/credentialNumber`, label: t(words.number), most: 20, hint: t(words.numberHint), spellcheck: false, autocapitalize: "characters" });
  const chosen = kind.querySelector("select");
  const label = () => { name.querySelector("label").textContent = t(chosen.value === "enterprise" ? words.company : words.person); };
  chosen.addEventListener("change", () => {
    label();
    fill(paper.querySelector("select"), pairs(documents, documentsOf[chosen.value]).map(([value, text]) => el("option", { value }, text)));
  });
  label();
  return [el("div", { className: "columns" }, kind, name), el("div", { className: "columns" }, paper, number)];
}

/** A subject in a row: its name, below it what names it. */
export function subjectLines(subject) {
  return [
    el("div", {}, subject.name),
    el("div", { className: "muted small who-is" }, `${t(kinds[subject.type])} · `, el("span", { className: "figures" }, subject.credential)),
  ];
}
