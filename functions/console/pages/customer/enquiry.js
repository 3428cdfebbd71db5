// Asking the vendor's business contact: other terms, changes to a signed contract, anything else.

import { el, fill } from "../core/dom.js";
import { common, t } from "../core/words.js";
import { post } from "../core/api.js";
import { body, check, field, refuse } from "../core/form.js";
import { button, dialog, notice } from "../core/parts.js";

const words = {
  title: { zh: "联系商务", en: "Contact us" },
  topic: { zh: "事由", en: "Subject" },
  non_standard_terms: { zh: "希望签署非标准条款", en: "Other than the standard terms" },
  change_signed: { zh: "变更已签署的合同", en: "A change to a signed contract" },
  other: { zh: "其他", en: "Something else" },
  message: { zh: "说明", en: "Message" },
  hint: { zh: "请勿填写证件号码等敏感信息。", en: "Please do not write identity numbers or other sensitive data." },
  standard: { zh: "线上仅支持签署标准协议；其他需求由商务与您联系。", en: "Only the standard agreement can be signed here. For anything else our business contact will get in touch." },
  send: { zh: "提交", en: "Send" },
  sent: { zh: "已提交，商务会尽快与您联系。", en: "Sent. Our business contact will get in touch soon." },
};

/** Opens the dialog; `topic` is chosen beforehand. */
export async function enquire(topic = "other") {
  const place = el("div");
  const topics = ["non_standard_terms", "change_signed", "other"].map((value) => [value, t(words[value])]);
  const form = el("form", { noValidate: true },
    el("p", { className: "muted" }, t(words.standard)),
    field({ pointer: "/topic", label: t(words.topic), kind: "select", options: topics, value: topic }),
    field({ pointer: "/message", label: t(words.message), kind: "textarea", most: 2000, hint: t(words.hint) }),
    place);
  form.addEventListener("submit", (event) => event.preventDefault());
  const sent = await dialog(t(words.title), form, (close) => {
    const send = async () => {
      if (!check(form)) return;
      try {
        await post("/v1/enquiries", body(form));
        close(true);
      } catch (error) {
        refuse(form, place, error, send);
      }
    };
    return [button(t(common.cancel), () => close(), "secondary"), button(t(words.send), send)];
  });
  if (sent) {
    const said = notice("good", el("p", {}, t(words.sent)));
    document.getElementById("main")?.prepend(said);
    fill(said, el("p", {}, t(words.sent)));
  }
}
