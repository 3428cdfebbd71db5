// Deciding on a contract that is held: why it is held, what each decision means for it, and the reason of whoever decides.

import { el } from "../core/dom.js";
import { states, t } from "../core/words.js";
import { post, Refusal } from "../core/api.js";
import { body, check, complain, field, refuse } from "../core/form.js";
import { busy } from "../core/parts.js";
import { decisions, reviewReasons } from "../core/history.js";
import { heldDocument } from "./held.js";

const words = {
  title: { zh: "待人工核实", en: "Held for review" },
  decision: { zh: "决定", en: "Decision" },
  reason: { zh: "依据", en: "Reason" },
  reasonHint: { zh: "最多 50 个字符，记入合同记录，客户可见。请勿填写证件号码。", en: "At most 50 characters. It goes into the history, which the customer sees. No document numbers, please." },
  choose: { zh: "请选择一项。", en: "Please choose one." },
  submit: { zh: "提交决定", en: "Record the decision" },
  acceptSigner: {
    zh: "认可该签署人，继续验证并归档；归档后合同生效，不可撤回。",
    en: "The signer is accepted; the document is verified and archived. The contract is then in force, and that cannot be undone.",
  },
  acceptDocument: {
    zh: "认可该文件，归档的即为这份文件；归档后合同生效，不可撤回。",
    en: "This very document is accepted and archived. The contract is then in force, and that cannot be undone.",
  },
  acceptFlow: {
    zh: "认可签署已完成，继续验证并归档；归档后合同生效，不可撤回。",
    en: "The signing counts as completed; the document is verified and archived. The contract is then in force, and that cannot be undone.",
  },
  retrySigner: { zh: "再次向签署平台查询签署人；若仍不一致，会再次转人工核实。", en: "Ask the signing service for the signer once more. If it is still another one, the contract is held again." },
  retryDocument: { zh: "重新下载并验证已签文件；若仍未通过，会再次转人工核实。", en: "Fetch and verify the document once more. If it still does not hold, the contract is held again." },
  retryStart: { zh: "再次请求启动签署流程。请先在签署平台处理原因（例如补充额度）。", en: "Ask for the start of the flow once more. First mend the cause at the signing service, such as the quota." },
  retryFlow: { zh: "再次向签署平台查询该流程；若仍查不到，会再次转人工核实。", en: "Ask the signing service for the flow once more. If it still does not know it, the contract is held again." },
  retryEnd: { zh: "再次向签署平台查询；若仍显示已完成，会再次转人工核实。", en: "Ask the signing service once more. If it still says completed, the contract is held again." },
  close: {
    zh: "结束该合同，不可恢复；未完成的签署流程会被撤销，客户会收到邮件，可重新申请。",
    en: "The contract ends for good. A flow that is still open is revoked; the customer is told by e-mail and can apply again.",
  },
  closeCompleted: {
    zh: "双方已签署，须由另一位同事确认后才会关闭。关闭后不可恢复：已签文件不归档，合同在本系统不生效，客户会收到邮件，可重新申请。",
    en: "Both parties have signed, so a second colleague must confirm. The contract then ends for good: what was signed is not archived and has no effect here. The customer is told by e-mail and can apply again.",
  },
  confirmClose: {
    zh: "确认 {by} 的关闭请求。关闭后不可恢复：已签文件不归档，合同在本系统不生效，客户会收到邮件，可重新申请。",
    en: "Confirms what {by} asked for. The contract ends for good: what was signed is not archived and has no effect here. The customer is told by e-mail and can apply again.",
  },
  asked: {
    zh: "{by} 已请求关闭该合同，须由另一位同事确认。认可或重试会撤回该请求。",
    en: "{by} asked to close this contract; a second colleague must confirm. To accept or to try again withdraws that.",
  },
  closeEnd: {
    zh: "保持“{state}”不变，不再转人工核实。已在签署平台完成的文件请与客户另行处理。",
    en: "It stays “{state}” and is not held again. Settle with the customer what to do about the document that was completed.",
  },
};

const accepts = { signer_mismatch: words.acceptSigner, document_mismatch: words.acceptDocument, flow_unknown: words.acceptFlow };
const retries = {
  signer_mismatch: words.retrySigner, document_mismatch: words.retryDocument, start_refused: words.retryStart,
  flow_unknown: words.retryFlow, completed_after_end: words.retryEnd,
};
const open = ["signing", "revoking", "completing"];

/** What can be decided of a contract as it stands, each with what it means. */
function choices({ state, reviewReason, decisions: may, closeRequestedBy: by }) {
  const completed = by ? words.confirmClose : words.closeCompleted;
  const close = !open.includes(state) ? words.closeEnd : state === "completing" ? completed : words.close;
  const means = {
    accept: t(accepts[reviewReason] ?? words.acceptFlow),
    retry: t(retries[reviewReason] ?? words.retryFlow),
    close: t(close, { state: t(states[state]), by }),
  };
  return may.map((decision) => [decision, means[decision]]);
}

/** The form. `done` is called after a decision, with the contract as it is then; `moved` where the contract had moved on before. */
export function decide(contract, done, moved) {
  const reason = reviewReasons[contract.reviewReason];
  const place = el("div");
  const error = el("p", { className: "field-error", id: "decision-error" });
  const submit = el("button", { type: "submit", className: "button primary", id: "decide" }, el("span", {}, t(words.submit)));
  const options = choices(contract).map(([decision, meaning], place) => {
    const control = el("input", { type: "radio", name: "/decision", value: decision, required: true, id: place === 0 ? "decision" : `decision-${decision}`,
      "aria-describedby": `decision-means-${decision} decision-error` });
    return el("div", { className: "choice" }, control, el("label", { htmlFor: control.id }, t(decisions[decision])),
      el("p", { className: "muted", id: `decision-means-${decision}` }, meaning));
  });
  const form = el("form", { noValidate: true, className: "card review", id: "review" },
    el("h2", {}, t(words.title)),
    el("p", { "data-reason": contract.reviewReason }, reason ? t(reason) : contract.reviewReason),
    heldDocument(contract),
    contract.closeRequestedBy ? el("p", { id: "close-requested" }, el("strong", {}, t(words.asked, { by: contract.closeRequestedBy }))) : null,
    el("fieldset", { role: "radiogroup" }, el("legend", {}, t(words.decision)), options, error),
    field({ pointer: "/reason", label: t(words.reason), most: 50, hint: t(words.reasonHint) }),
    place,
    el("div", { className: "actions" }, submit));
  form.addEventListener("change", () => form.querySelectorAll("[name='/decision']").forEach((control) => complain(control, "")));
  const send = async () => {
    if (!check(form)) {
      if (!form.querySelector("[name='/decision']:checked")) complain(form.querySelector("#decision"), t(words.choose));
      return undefined;
    }
    let decided;
    try {
      decided = await post(`/v1/staff/contracts/${contract.id}/review`, body(form));
    } catch (refused) {
      const rule = ["document_broken", "second_person_required"].includes(refused.code);
      if (refused instanceof Refusal && refused.status === 409 && !rule) return moved();
      return refuse(form, place, refused, send);
    }
    return done(decided);
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); busy(submit, send); });
  return form;
}
