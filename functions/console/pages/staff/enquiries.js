// What customers asked the business contact, newest first.

import { el, fill } from "../core/dom.js";
import { t } from "../core/words.js";
import { get } from "../core/api.js";
import { heading, loaded, time } from "../core/parts.js";
import { cell, listing } from "./listing.js";

const words = {
  title: { zh: "客户咨询", en: "Enquiries" },
  about: { zh: "提交时已邮件通知商务。", en: "Each of them was also sent by e-mail when it came." },
  when: { zh: "时间", en: "When" },
  who: { zh: "客户", en: "Customer" },
  topic: { zh: "事由", en: "Topic" },
  message: { zh: "内容", en: "Message" },
  non_standard_terms: { zh: "希望签署非标准条款", en: "Other than the standard terms" },
  change_signed: { zh: "变更已签署的合同", en: "A change to a signed contract" },
  other: { zh: "其他", en: "Something else" },
  unverified: { zh: "未实名", en: "Not verified" },
  empty: { zh: "还没有客户咨询。", en: "No enquiries yet." },
};

export async function show(main) {
  const list = el("section");
  fill(main, heading(t(words.title)), el("p", { className: "muted" }, t(words.about)), list);
  await loaded(list, () => listing({
    id: "enquiries", title: words.title, empty: words.empty, row,
    labels: [words.when, words.who, words.topic, words.message],
    load: (cursor) => get(`/v1/staff/enquiries${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ""}`),
  }), (table) => table);
}

function row(enquiry) {
  const account = encodeURIComponent(enquiry.customerId);
  return el("tr", { "data-enquiry": enquiry.id },
    cell(words.when, time(enquiry.createdAt)),
    cell(words.who, el("div", {}, enquiry.subjectName ?? el("span", { className: "muted" }, t(words.unverified))),
      el("a", { href: `/staff/identities?account=${account}`, className: "small" }, enquiry.customerId)),
    cell(words.topic, words[enquiry.topic] ? t(words[enquiry.topic]) : enquiry.topic),
    cell(words.message, el("p", { className: "message" }, enquiry.message)));
}
