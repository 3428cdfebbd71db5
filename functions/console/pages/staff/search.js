// Search of all contracts. What was asked for is kept in this tab for a reload and for coming back; a document's number never is.

import { el, fill } from "../core/dom.js";
import { common, states, t } from "../core/words.js";
import { post } from "../core/api.js";
import { body, check, field, populate, refuse } from "../core/form.js";
import { badge, busy, button, heading, skeleton, time } from "../core/parts.js";
import { cell, listing } from "./listing.js";
import { subjectLines } from "./subject.js";

const KEPT = "countersign-search";

const words = {
  title: { zh: "合同查询", en: "Search contracts" },
  any: { zh: "全部状态", en: "Any state" },
  numberHint: { zh: "例如 HT-20261123-0A1B2C3D4E", en: "Such as HT-20261123-0A1B2C3D4E" },
  account: { zh: "客户账号", en: "Account" },
  credential: { zh: "证件号码", en: "Document number" },
  credentialHint: { zh: "须填写完整号码，仅用于本次查询，不保存。", en: "The whole number. Used for this search only, never kept." },
  review: { zh: "仅看待人工核实的合同", en: "Only contracts held for review" },
  search: { zh: "查询", en: "Search" },
  clear: { zh: "清空条件", en: "Clear" },
  results: { zh: "查询结果", en: "Results" },
  empty: { zh: "没有符合条件的合同。", en: "No contract fits." },
  shown: { zh: "已列出 {count} 份合同", en: "{count} contracts are listed" },
  held: { zh: "待核实", en: "Held for review" },
};

function kept() {
  try { return JSON.parse(sessionStorage.getItem(KEPT)) ?? {}; } catch { return {}; }
}

export async function show(main, { go }) {
  // Staff who are nobody's customer are led here from the first address, which has no staff's navigation.
  if (location.pathname === "/") return go("/staff", { replace: true });
  const criteria = kept();
  const options = [["", t(words.any)], ...Object.entries(states).map(([state, text]) => [state, t(text)])];
  const review = field({ pointer: "/needsReview", label: t(words.review), kind: "checkbox", required: false, value: criteria.needsReview === true });
  const submit = el("button", { type: "submit", className: "button primary", id: "search" }, el("span", {}, t(words.search)));
  const trouble = el("div");
  const results = el("section", { id: "results", "aria-label": t(words.results) });
  const aloud = el("p", { className: "visually-hidden", role: "status" });
  const form = el("form", { noValidate: true, className: "criteria", role: "search" },
    field({ pointer: "/state", label: t(common.state), kind: "select", required: false, options }),
    field({ pointer: "/number", label: t(common.number), required: false, most: 40, hint: t(words.numberHint), spellcheck: false }),
    field({ pointer: "/customerId", label: t(words.account), required: false, most: 64, spellcheck: false }),
    field({ pointer: "/credentialNumber", label: t(words.credential), required: false, most: 20, hint: t(words.credentialHint), spellcheck: false }),
    review,
    el("div", { className: "actions" }, submit, button(t(words.clear), () => { clear(form); return search(); }, "quiet", { id: "clear" })));
  // "Optional" beside every one of them would say nothing.
  for (const mark of form.querySelectorAll("label .muted")) mark.remove();
  populate(form, criteria);
  let latest = 0;
  const search = async () => {
    if (!check(form)) return;
    const asked = body(form);
    if (review.querySelector("input").checked) asked.needsReview = true;
    const { credentialNumber, ...rest } = asked;
    sessionStorage.setItem(KEPT, JSON.stringify(rest));
    const turn = ++latest;
    fill(trouble);
    const timer = setTimeout(() => { if (turn === latest) fill(results, skeleton(4)); }, 400);
    try {
      const found = await listing({
        id: "contracts", title: words.results, empty: words.empty, row,
        labels: [common.number, common.subject, common.state, words.account, common.created],
        load: (cursor) => post("/v1/staff/contracts/search", cursor ? { ...asked, cursor } : asked),
      });
      if (turn !== latest) return;
      fill(results, found);
      aloud.textContent = t(words.shown, { count: results.querySelectorAll("tbody tr").length });
    } catch (error) {
      if (turn !== latest) return;
      fill(results);
      refuse(form, trouble, error, search);
    } finally {
      clearTimeout(timer);
    }
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); busy(submit, search); });
  fill(main, heading(t(words.title)), form, trouble, aloud, results);
  return search();
}

/** Not `reset`, which would bring back what was kept. */
function clear(form) {
  for (const control of form.elements) {
    if (control.type === "checkbox") control.checked = false;
    else if (control.name) control.value = "";
  }
}

function row(contract) {
  return el("tr", { "data-contract": contract.id },
    cell(common.number, el("a", { href: `/staff/contracts/${contract.id}`, className: "figures" }, contract.number)),
    cell(common.subject, ...subjectLines(contract.subject)),
    cell(common.state, badge(contract), contract.needsReview ? el("div", {}, el("span", { className: "badge warn" }, t(words.held))) : null),
    cell(words.account, el("span", { className: "account-id" }, contract.customerId)),
    cell(common.created, time(contract.createdAt)));
}
