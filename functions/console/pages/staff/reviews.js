// Contracts that are held until staff decide: which, why, and since when.

import { el, fill } from "../core/dom.js";
import { common, t } from "../core/words.js";
import { post } from "../core/api.js";
import { badge, heading, linkButton, loaded, time } from "../core/parts.js";
import { reviewReasons } from "../core/history.js";
import { cell, listing } from "./listing.js";
import { subjectLines } from "./subject.js";

const words = {
  title: { zh: "人工核实", en: "Reviews" },
  about: {
    zh: "系统无法自行判断的合同在此等待商务决定；在您决定之前，它们不会归档。",
    en: "Contracts that the system cannot judge by itself wait here for a decision. Until then none of them is archived.",
  },
  why: { zh: "原因", en: "Why" },
  since: { zh: "等待自", en: "Waiting since" },
  decide: { zh: "核实", en: "Decide" },
  action: { zh: "操作", en: "Actions" },
  empty: { zh: "目前没有需要核实的合同。", en: "Nothing waits for a decision." },
};

export async function show(main) {
  const list = el("section");
  fill(main, heading(t(words.title)), el("p", { className: "muted" }, t(words.about)), list);
  await loaded(list, () => listing({
    id: "reviews", title: words.title, empty: words.empty, row,
    labels: [common.number, common.subject, words.why, words.since, words.action],
    load: (cursor) => post("/v1/staff/contracts/search", cursor ? { needsReview: true, cursor } : { needsReview: true }),
  }), (table) => table);
}

function row(contract) {
  const reason = reviewReasons[contract.reviewReason];
  const address = `/staff/contracts/${contract.id}`;
  return el("tr", { "data-contract": contract.id },
    cell(common.number, el("a", { href: address, className: "figures" }, contract.number), el("div", {}, badge(contract))),
    cell(common.subject, ...subjectLines(contract.subject)),
    cell(words.why, el("span", { "data-reason": contract.reviewReason }, reason ? t(reason) : contract.reviewReason)),
    cell(words.since, time(contract.updatedAt)),
    cell(words.action, linkButton(t(words.decide), address, "secondary", { "aria-label": `${t(words.decide)} ${contract.number}` })));
}
