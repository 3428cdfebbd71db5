// Revoking a customer's contract: what follows is said before it is done.

import { el } from "../core/dom.js";
import { common, t } from "../core/words.js";
import { post, Refusal } from "../core/api.js";
import { body, check, field, refuse } from "../core/form.js";
import { button, dialog } from "../core/parts.js";

const words = {
  title: { zh: "撤销合同 {number}？", en: "Revoke {number}?" },
  atOnce: {
    zh: "合同立即撤销且不可恢复；客户会收到邮件，可立即重新申请。",
    en: "It is revoked at once and for good. The customer is told by e-mail and can apply again right away.",
  },
  provider: {
    zh: "将请签署平台撤销该流程，结果以平台为准：若签署人已先完成签署，合同仍然生效。撤销完成后客户会收到邮件，可立即重新申请。",
    en: "The signing service is asked to revoke the flow, and it decides: if the signer was first, the contract is in force. Once it is revoked the customer is told by e-mail and can apply again right away.",
  },
  reason: { zh: "原因", en: "Reason" },
  reasonHint: { zh: "最多 50 个字符，记入合同记录，客户可见。请勿填写证件号码。", en: "At most 50 characters. It goes into the history, which the customer sees. No document numbers, please." },
  revoke: { zh: "撤销合同", en: "Revoke" },
};

/** Opens the dialog. `done` gets the contract as it is then; `moved` is called where it could not be revoked any more. */
export async function revoke(contract, done, moved) {
  const place = el("div");
  const form = el("form", { noValidate: true },
    el("p", {}, t(contract.state === "signing" ? words.provider : words.atOnce)),
    field({ pointer: "/reason", label: t(words.reason), most: 50, hint: t(words.reasonHint) }),
    place);
  let refused = false;
  const revoked = await dialog(t(words.title, contract), form, (close) => {
    const send = async () => {
      if (!check(form)) return;
      try {
        close(await post(`/v1/staff/contracts/${contract.id}/revoke`, body(form)));
      } catch (error) {
        refused = error instanceof Refusal && error.status === 409;
        refuse(form, place, error, send);
      }
    };
    const act = button(t(words.revoke), send, "danger", { id: "revoke-now" });
    form.addEventListener("submit", (event) => { event.preventDefault(); act.click(); });
    return [button(t(common.cancel), () => close(), "secondary"), act];
  });
  if (revoked) return done(revoked);
  return refused ? moved() : undefined;
}
