// One contract, as staff see it: how it stands, all that is known of it, its history, and what staff can do.

import { el, fill } from "../core/dom.js";
import { common, documents, kinds, states, t } from "../core/words.js";
import { get } from "../core/api.js";
import { badge, button, facts, failure, hash, heading, loaded, notice, time } from "../core/parts.js";
import { follow } from "../core/follow.js";
import { historyItem } from "../core/history.js";
import { summary } from "../customer/summary.js";
import { decide } from "./decide.js";
import { revoke } from "./revoke.js";

const words = {
  back: { zh: "返回合同查询", en: "Back to the search" },
  revoke: { zh: "撤销合同", en: "Revoke" },
  held: { zh: "待人工核实", en: "Held for review" },
  account: { zh: "客户账号", en: "Account" },
  id: { zh: "合同 ID", en: "Contract id" },
  language: { zh: "合同语言", en: "Language" },
  bilingual: { zh: "中文（附英文译文）", en: "Chinese with an English translation" },
  chinese: { zh: "中文", en: "Chinese" },
  draft: { zh: "草稿", en: "Draft" },
  draftIs: { zh: "第 {revision} 版，{pages} 页", en: "Revision {revision}, {pages} pages" },
  draftHash: { zh: "草稿 SHA-256", en: "SHA-256 of the draft" },
  documentHash: { zh: "已签文件 SHA-256", en: "SHA-256 of the signed PDF" },
  chain: { zh: "证书签发机构", en: "Issuers of the certificates" },
  chainChecked: { zh: "已核验", en: "Checked" },
  chainNotChecked: { zh: "未核验", en: "Not checked" },
  updated: { zh: "更新时间", en: "Updated" },
  application: { zh: "申请信息", en: "Application" },
  signing: { zh: "签署信息", en: "Signing" },
  signer: { zh: "签署人", en: "Signer" },
  mobile: { zh: "手机号码", en: "Mobile" },
  flow: { zh: "签署流程 ID", en: "Signing flow" },
  history: { zh: "合同记录", en: "History" },
  historyIs: { zh: "每条记录的哈希涵盖前一条，记录不可更改。", en: "Each entry's hash covers the one before it; nothing is ever changed." },
  moved: { zh: "合同状态：{state}", en: "The contract is now: {state}" },
  decided: { zh: "决定已记录。", en: "Your decision is on record." },
  closeAsked: { zh: "您的关闭请求已记录，须由另一位同事确认后才会关闭。", en: "Your request is on record. The contract is closed once a second colleague confirms it." },
  revokedNow: { zh: "合同已撤销。", en: "The contract is revoked." },
  revokingNow: { zh: "已申请撤销。", en: "The revocation is requested." },
  movedOn: { zh: "合同已由他人处理或状态已变化，您的操作未生效；以下为最新情况。", en: "The contract has moved on meanwhile, so yours was not done. This is how it stands now." },
  waitSigning: { zh: "等待签署人在签署平台签署；状态自动更新。", en: "Waiting for the signer at the signing service. This page follows by itself." },
  waitRevoking: { zh: "正在向签署平台确认撤销，结果以平台为准；状态自动更新。", en: "The revocation is being confirmed with the signing service, which decides. This page follows by itself." },
  waitCompleting: { zh: "双方已签署，正在验证并归档；状态自动更新。", en: "Both parties have signed; the document is being verified and archived. This page follows by itself." },
};

const waits = { signing: words.waitSigning, revoking: words.waitRevoking, completing: words.waitCompleting };

export async function show(main, { id, signal }) {
  const address = `/v1/staff/contracts/${encodeURIComponent(id)}`;
  const place = el("div");
  const said = el("div", { id: "said" });
  const aloud = el("p", { className: "visually-hidden", role: "status" });
  fill(main, el("p", {}, el("a", { href: "/staff" }, `← ${t(words.back)}`)), said, place, aloud);
  let contract = null;

  const draw = (next) => {
    contract = next;
    return page(contract, { done });
  };
  // Shows the contract anew, with those details open that were.
  const redraw = (next) => {
    const open = [...place.querySelectorAll("#history details[open]")].map((one) => one.closest("li").dataset.seq);
    const inside = place.contains(document.activeElement);
    if (next.state !== contract.state) {
      // What was said of the state before holds no longer.
      fill(said);
      aloud.textContent = t(words.moved, { state: t(states[next.state]) });
    }
    fill(place, draw(next));
    for (const seq of open) {
      const entry = place.querySelector(`#history li[data-seq="${seq}"] details`);
      if (entry) entry.open = true;
    }
    if (inside) place.querySelector("h1")?.focus();
  };
  let following = false;
  const followIt = async () => {
    if (following || !moving(contract)) return;
    following = true;
    await follow(() => get(address, { signal }), {
      signal,
      until: () => !moving(contract),
      changed: (next) => {
        if (next.updatedAt !== contract.updatedAt || next.state !== contract.state || next.needsReview !== contract.needsReview) redraw(next);
      },
    });
    following = false;
  };
  /** After something was done, or was refused because the contract had moved on. */
  async function done(message) {
    try {
      redraw(await get(address, { signal }));
      fill(said, message);
      said.scrollIntoView({ block: "nearest" });
      followIt();
    } catch (error) {
      if (!signal.aborted) fill(said, message, failure(error, () => done(message)));
    }
  }

  if (await loaded(place, () => get(address, { signal }), draw)) followIt();
}

/** Whether something happens to it without staff. */
function moving({ state, needsReview }) {
  return state in waits && !needsReview;
}

function page(contract, { done }) {
  const { subject, signer, draft, document: signed } = contract;
  const account = encodeURIComponent(contract.customerId);
  const good = (text) => notice("good", el("p", {}, t(text)));
  const movedOn = () => done(notice("warn", el("p", {}, t(words.movedOn))));
  const revoking = () => revoke(contract, (next) => done(good(next.state === "revoking" ? words.revokingNow : words.revokedNow)), movedOn);
  return [
    heading(contract.number, contract.allowed.includes("revoke") ? button(t(words.revoke), revoking, "danger", { id: "revoke" }) : null),
    el("div", { className: "standing" }, badge(contract),
      contract.needsReview ? el("span", { className: "badge warn" }, t(words.held)) : null,
      el("span", {}, `${subject.name} · ${t(kinds[subject.type])}`)),
    moving(contract) ? el("p", { className: "muted", id: "waits" }, t(waits[contract.state])) : null,
    contract.needsReview ? decide(contract, (next) => done(good(next.closeRequestedBy ? words.closeAsked : words.decided)), movedOn) : null,
    el("div", { className: "layout" },
      el("section", {},
        facts([
          [t(documents[subject.credentialType] ?? common.subject), el("span", { className: "figures" }, subject.credential)],
          [t(words.account), el("a", { href: `/staff/identities?account=${account}` }, contract.customerId)],
          [t(common.created), time(contract.createdAt)],
          [t(words.updated), time(contract.updatedAt)],
          [t(common.signedAt), contract.signedAt && time(contract.signedAt)],
          [t(words.language), t(contract.language === "en" ? words.bilingual : words.chinese)],
          [t(words.draft), t(words.draftIs, { revision: contract.revision, pages: draft.pages })],
          [t(words.draftHash), hash(draft.sha256)],
          [t(words.documentHash), signed && hash(signed.sha256)],
          [t(words.chain), signed && t(signed.chainChecked ? words.chainChecked : words.chainNotChecked)],
          [t(words.id), el("code", { className: "hash" }, contract.id)],
        ]),
        signer ? [el("h2", {}, t(words.signing)), facts([
          [t(words.signer), signer.name],
          [t(documents[signer.idType] ?? words.signer), el("span", { className: "figures" }, signer.idNumber)],
          [t(words.mobile), el("span", { className: "figures" }, signer.mobile)],
          [t(words.flow), el("code", { className: "hash", id: "flow" }, contract.flowId)],
        ])] : null,
        el("h2", {}, t(words.application)), summary(contract)),
      el("section", {},
        el("h2", { className: "first" }, t(words.history)), el("p", { className: "muted small" }, t(words.historyIs)), el("ol", { className: "timeline", id: "history" }, contract.events.toReversed().map(historyItem)))),
  ];
}
