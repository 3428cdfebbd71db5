// 合同管理: who one is verified as, whether one can apply, and the contracts.

import { el, fill } from "../core/dom.js";
import { common, documents, kinds, reasons, t } from "../core/words.js";
import { get } from "../core/api.js";
import { badge, button, contactLine, facts, failure, heading, linkButton, loaded, notice, time } from "../core/parts.js";
import { enquire } from "./enquiry.js";

const words = {
  apply: { zh: "申请电子合同", en: "Apply for an electronic contract" },
  resume: { zh: "继续办理", en: "Continue" },
  view: { zh: "查看合同", en: "View the contract" },
  verifiedAs: { zh: "当前实名主体", en: "Verified as" },
  type: { zh: "签署类型", en: "Signing type" },
  may: { zh: "可以申请电子合同。", en: "You can apply for an electronic contract." },
  otherAccount: {
    zh: "该合同由同一主体的另一账号办理，请使用该账号继续，或联系商务。",
    en: "That contract belongs to another account of the same subject. Continue with that account, or contact us.",
  },
  verify: { zh: "实名认证在云平台的账号中心完成，完成后刷新本页。", en: "Identities are verified in the account centre of the cloud platform. Reload this page afterwards." },
  list: { zh: "我的合同", en: "My contracts" },
  actions: { zh: "操作", en: "Actions" },
  open: { zh: "打开", en: "Open" },
  empty: {
    zh: "还没有合同。电子合同由双方以可靠的电子签名签署，与纸质合同具有同等法律效力；签署完成后可随时查看、下载和打印。",
    en: "No contracts yet. An electronic contract is signed by both parties with reliable electronic signatures and has the same legal force as paper. Once it is signed you can view, download and print it at any time.",
  },
  waitingForYou: { zh: "等待您处理", en: "Waiting for you" },
};

export async function show(main) {
  const standing = el("section", { className: "card", id: "eligibility" });
  const list = el("section", { id: "contracts" });
  fill(main, heading(t(common.contracts), button(t(common.enquire), () => enquire(), "secondary")), standing,
    el("h2", {}, t(words.list)), list);
  await Promise.all([
    loaded(standing, () => get("/v1/eligibility"), eligibility),
    loaded(list, () => get("/v1/contracts"), contracts),
  ]);
}

/** Who one is, and whether one can apply: either the way on, or why not and what to do. */
function eligibility({ eligible, reason, subject, contractId, contact }) {
  const who = subject && facts([
    [t(words.verifiedAs), subject.name],
    [t(words.type), t(kinds[subject.type])],
    [t(documents[subject.credentialType] ?? common.subject), el("span", { className: "figures" }, subject.credential)],
  ]);
  if (eligible) {
    return [who, el("p", {}, t(words.may)), linkButton(t(words.apply), "/apply", "primary", { id: "apply" })];
  }
  const next = {
    unverified: () => el("p", { className: "muted" }, t(words.verify)),
    contract_open: () => (contractId
      ? linkButton(t(words.resume), `/contracts/${contractId}`, "primary", { id: "resume" })
      : el("p", {}, t(words.otherAccount))),
    contract_signed: () => contractId && linkButton(t(words.view), `/contracts/${contractId}`, "secondary"),
    signed_on_paper: () => null,
  }[reason]?.();
  return [
    who,
    notice(reason === "unverified" ? "warn" : "note", el("p", { "data-reason": reason }, t(reasons[reason])), contactLine(contact)),
    next,
  ];
}

function contracts(first) {
  const rows = el("tbody");
  const place = el("div", { className: "actions" });
  const add = ({ items, cursor }) => {
    rows.append(...items.map(row));
    const more = async () => {
      try { add(await get(`/v1/contracts?cursor=${encodeURIComponent(cursor)}`)); } catch (error) { fill(place, failure(error, more)); }
    };
    fill(place, cursor && button(t(common.more), more, "secondary"));
  };
  if (first.items.length === 0) return el("p", { className: "muted", id: "empty" }, t(words.empty));
  add(first);
  const head = [common.number, common.state, common.created, common.signedAt, words.actions].map((label) => el("th", { scope: "col" }, t(label)));
  return [el("table", { className: "table" }, el("thead", {}, el("tr", {}, head)), rows), place];
}

function row(contract) {
  const cell = (label, ...children) => el("td", { "data-label": t(label) }, el("span", {}, ...children));
  const mine = contract.allowed.some((action) => ["confirm", "submitSigner", "openSigning"].includes(action));
  return el("tr", { "data-contract": contract.id },
    cell(common.number, el("a", { href: `/contracts/${contract.id}`, className: "figures" }, contract.number)),
    cell(common.state, badge(contract)),
    cell(common.created, time(contract.createdAt)),
    cell(common.signedAt, contract.signedAt ? time(contract.signedAt) : "—"),
    cell(words.actions, el("a", { href: `/contracts/${contract.id}` }, t(mine ? words.resume : words.open))));
}
