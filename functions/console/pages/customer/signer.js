// Step 3, 填写签署方信息: who signs for party A. Afterwards the page goes to the signing service by itself.

import { el, fill } from "../core/dom.js";
import { common, documents, t } from "../core/words.js";
import { get, post } from "../core/api.js";
import { body, check, field, refuse } from "../core/form.js";
import { busy, contactLine, facts, failure, heading, linkButton, loaded, notice, stepper } from "../core/parts.js";

/** The version of the consent's words below; it is recorded with the contract. */
const CONSENT = "2026-11";

const words = {
  title: { zh: "填写签署方信息", en: "Name the signer" },
  enterprise: { zh: "经办人", en: "The person who signs for the enterprise" },
  enterpriseHint: {
    zh: "经办人代表企业在线签署，须能接收短信并完成实名认证。",
    en: "This person signs online for the enterprise, and must be able to receive SMS and to verify their identity.",
  },
  person: { zh: "签署人", en: "The signer" },
  name: { zh: "姓名", en: "Name" },
  idType: { zh: "证件类型", en: "Document" },
  idTypeHint: { zh: "推荐使用居民身份证，可当场核验。", en: "A resident identity card is recommended: it can be checked at once." },
  idNumber: { zh: "证件号码", en: "Document number" },
  mobile: { zh: "手机号码", en: "Mobile number" },
  mobileHint: {
    zh: "用于核验身份和接收签署短信，须为签署人本人实名的中国大陆手机号码。",
    en: "Used to check the identity and for the signing SMS. It must be a mainland Chinese mobile number registered to the signer.",
  },
  frozen: {
    zh: "提交后合同内容不可再修改；如需修改，请先撤销，撤销后可立即重新申请。",
    en: "Once you submit, the content can no longer be changed. To change it, revoke the contract; you can apply again at once.",
  },
  consent: {
    zh: "我已取得签署人同意，并同意将上述身份信息提供给签署平台 e签宝，仅用于核验身份、发送签署短信和办理本合同的签署。",
    en: "The signer agrees, and I agree, that this identity data is passed to the signing service e签宝, only to check the identity, to send the signing SMS and to sign this contract.",
  },
  consentMissing: { zh: "请先勾选同意。", en: "Please agree first." },
  next: { zh: "下一步：在线签署", en: "Next: sign online" },
  leaving: { zh: "正在前往签署平台……", en: "Going to the signing service…" },
  mismatch: { zh: "手机号码与身份信息不匹配，未发起签署。", en: "The mobile number does not match the identity. Nothing was started." },
  causes: { zh: "常见原因：", en: "The usual reasons:" },
  cause1: { zh: "手机号码登记在他人名下；", en: "the number is registered to somebody else;" },
  cause2: { zh: "号码为副卡或单位统一办理；", en: "it is a second card, or the company's;" },
  cause3: { zh: "号码近期办理过过户，运营商信息尚未更新。", en: "it was transferred recently, and the operator's data is not up to date." },
  notYet: { zh: "请先确认合同内容。", en: "Please confirm the content first." },
  toConfirm: { zh: "去确认", en: "Confirm it" },
  notNow: { zh: "合同当前所处的状态不需要填写签署方信息。", en: "No signer is needed in the contract's present state." },
  view: { zh: "查看合同", en: "View the contract" },
};

export async function show(main, { id, go }) {
  const place = el("div");
  fill(main, stepper(3), heading(t(words.title)), place);
  await loaded(place, () => get(`/v1/contracts/${id}`), (contract) => {
    const path = `/contracts/${contract.id}`;
    if (contract.state === "draft") return [notice("warn", el("p", {}, t(words.notYet))), linkButton(t(words.toConfirm), `${path}/confirm`)];
    if (contract.state !== "confirmed") return [notice("note", el("p", {}, t(words.notNow))), linkButton(t(words.view), path)];
    return form(contract, path, go);
  });
}

function form(contract, path, go) {
  const { subject } = contract;
  const enterprise = subject.type === "enterprise";
  const said = el("div");
  const agreed = field({ pointer: "consent", label: t(words.consent), kind: "checkbox", required: true, id: "consent" });
  const mobile = field({ pointer: "/mobile", label: t(words.mobile), kind: "tel", most: 11, pattern: "1[3-9][0-9]{9}", hint: t(words.mobileHint), inputMode: "numeric" });
  const kinds = ["id_card", "hk_macao_permit", "taiwan_permit", "passport"].map((kind) => [kind, t(documents[kind])]);
  const submit = el("button", { type: "submit", className: "button primary", id: "next" }, el("span", {}, t(words.next)));
  const whole = el("form", { noValidate: true, className: "narrow", id: "signer" }, said,
    enterprise
      ? el("fieldset", {}, el("legend", {}, t(words.enterprise)), el("p", { className: "muted" }, t(words.enterpriseHint)),
        field({ pointer: "/name", label: t(words.name), most: 100 }),
        el("div", { className: "columns" },
          field({ pointer: "/idType", label: t(words.idType), kind: "select", options: kinds, hint: t(words.idTypeHint) }),
          field({ pointer: "/idNumber", label: t(words.idNumber), most: 30 })),
        mobile)
      : el("fieldset", {}, el("legend", {}, t(words.person)),
        facts([[t(words.name), subject.name], [t(documents[subject.credentialType]), el("span", { className: "figures" }, subject.credential)]]),
        mobile),
    notice("warn", el("p", {}, t(words.frozen))),
    agreed,
    el("div", { className: "actions" },
      submit,
      linkButton(t(common.back), `${path}/confirm`, "secondary")));
  whole.addEventListener("submit", (event) => { event.preventDefault(); busy(submit, send); });

  async function send() {
    fill(said);
    const fine = check(whole);
    const tick = agreed.querySelector("input");
    if (!tick.checked) {
      fill(agreed.querySelector(".field-error"), t(words.consentMissing));
      if (fine) tick.focus();
    }
    if (!fine || !tick.checked) return;
    try {
      const { signing } = await post(`/v1${path}/signer`, { ...body(whole), consent: { version: CONSENT } });
      fill(said, notice("note", el("p", {}, t(words.leaving))));
      // The back button of the browser then leads to the contract, not to this form.
      history.replaceState(null, "", path);
      location.assign(signing.url);
    } catch (error) {
      if (error.code === "identity_mismatch") {
        fill(said, notice("bad", el("p", {}, t(words.mismatch)), el("p", {}, t(words.causes)),
          el("ul", {}, [words.cause1, words.cause2, words.cause3].map((cause) => el("li", {}, t(cause)))), contactLine(error.contact)));
        said.scrollIntoView({ block: "nearest" });
        whole.elements["/mobile"].focus();
        return;
      }
      if (error.code === "wrong_state") {
        await go(path);
        return;
      }
      if (error.errors?.length) refuse(whole, said, error, send);
      else { fill(said, failure(error, error.temporary ? send : undefined)); said.scrollIntoView({ block: "nearest" }); }
    }
  }
  return whole;
}
