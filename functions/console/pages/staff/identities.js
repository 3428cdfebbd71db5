// Whom an account is verified as: looking it up, registering or replacing it, taking it back. What that does to the account's open contract
// is said before it is done.

import { el, fill } from "../core/dom.js";
import { common, documents, kinds, t } from "../core/words.js";
import { get, post, Refusal } from "../core/api.js";
import { body, check, field, refuse } from "../core/form.js";
import { badge, busy, button, facts, heading, notice, skeleton, time } from "../core/parts.js";
import { register, takeBack } from "./identity.js";

const words = {
  title: { zh: "客户实名", en: "Identities" },
  about: {
    zh: "客户的实名信息由实名系统写入；仅在需要更正时在此登记、更换或撤回。",
    en: "Identities come from the real-name system. Register, replace or take one back here only where something has to be put right.",
  },
  account: { zh: "客户账号", en: "Account" },
  accountHint: { zh: "云平台的账号 ID，区分大小写。", en: "The account's id at the cloud platform; capitals matter." },
  look: { zh: "查询", en: "Look up" },
  verifiedAs: { zh: "实名主体", en: "Verified as" },
  type: { zh: "主体类型", en: "Type" },
  verifiedAt: { zh: "认证时间", en: "Verified" },
  version: { zh: "变更次数", en: "Changes" },
  none: { zh: "账号 {account} 没有实名信息，不能申请电子合同。", en: "Account {account} is not verified and cannot apply." },
  open: { zh: "进行中的合同", en: "Open contract" },
  noOpen: { zh: "没有进行中的合同。", en: "No open contract." },
  replace: { zh: "更换主体", en: "Replace" },
  register: { zh: "登记实名", en: "Register" },
  takeBack: { zh: "撤回实名", en: "Take back" },
  registered: { zh: "实名信息已登记。", en: "The identity is registered." },
  takenBack: { zh: "实名信息已撤回，该账号不能再申请电子合同。", en: "The verification is taken back. The account cannot apply any more." },
  revoked: { zh: "查看被撤销的合同", en: "See the contract that this revoked" },
};

const OPEN = ["draft", "confirmed", "signing", "revoking", "completing"];

export async function show(main, { signal }) {
  const asked = new URLSearchParams(location.search).get("account") ?? "";
  const trouble = el("div");
  const said = el("div", { id: "said", role: "status" });
  const result = el("section", { id: "identity" });
  const submit = el("button", { type: "submit", className: "button primary", id: "look" }, el("span", {}, t(words.look)));
  const form = el("form", { noValidate: true, className: "lookup", role: "search" },
    field({ pointer: "/customerId", label: t(words.account), most: 64, hint: t(words.accountHint), pattern: "[A-Za-z0-9_.@:\\-]+", value: asked, spellcheck: false, autocapitalize: "none" }),
    submit, trouble);
  let latest = 0;
  const look = async () => {
    fill(trouble);
    if (!check(form)) return;
    const account = body(form).customerId;
    const turn = ++latest;
    history.replaceState(null, "", `/staff/identities?account=${encodeURIComponent(account)}`);
    const timer = setTimeout(() => { if (turn === latest) fill(result, skeleton(4)); }, 400);
    try {
      const [identity, open] = await Promise.all([identityOf(account, signal), openContracts(account, signal)]);
      if (turn === latest) fill(result, standing({ account, identity, open }, done));
    } catch (error) {
      if (signal.aborted || turn !== latest) return;
      fill(result);
      refuse(form, trouble, error, look);
    } finally {
      clearTimeout(timer);
    }
  };
  const done = async (changed, text) => {
    const id = changed.revokedContractId;
    fill(said, notice("good", el("p", {}, t(text)), id ? el("p", {}, el("a", { href: `/staff/contracts/${id}` }, t(words.revoked))) : null));
    said.scrollIntoView({ block: "nearest" });
    await look();
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); fill(said); busy(submit, look); });
  fill(main, heading(t(words.title)), el("p", { className: "muted" }, t(words.about)), form, said, result);
  if (asked) await look();
}

/** The identity, or null where the account has none. */
async function identityOf(account, signal) {
  try {
    return await get(`/v1/staff/customers/${encodeURIComponent(account)}/identity`, { signal });
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  }
}

/** The account's contracts that have not ended. */
async function openContracts(customerId, signal) {
  const found = [];
  let cursor = null;
  do {
    const page = await post("/v1/staff/contracts/search", cursor ? { customerId, cursor } : { customerId }, { signal });
    found.push(...page.items.filter(({ state }) => OPEN.includes(state)));
    ({ cursor } = page);
  } while (cursor);
  return found;
}

function standing({ account, identity, open }, done) {
  const registration = el("div");
  const expand = () => {
    actions.hidden = true;
    const form = register({ account, identity, open },
      (changed) => done(changed, words.registered),
      () => { fill(registration); actions.hidden = false; actions.querySelector("button").focus(); });
    fill(registration, form);
    form.querySelector("select").focus();
  };
  const remove = async () => {
    const changed = await takeBack({ account, identity, open });
    if (changed) await done(changed, words.takenBack);
  };
  const actions = el("div", { className: "actions" },
    button(t(identity ? words.replace : words.register), expand, identity ? "secondary" : "primary", { id: "replace" }),
    identity ? button(t(words.takeBack), remove, "danger", { id: "take-back" }) : null);
  const contracts = open.length === 0 ? t(words.noOpen) : open.map(({ id, number, state }) => el("div", { "data-contract": id },
    el("a", { href: `/staff/contracts/${id}`, className: "figures" }, number), "　", badge({ state })));
  return [
    el("div", { className: "card" },
      identity ? null : el("p", { id: "unverified" }, t(words.none, { account })),
      facts([
        [t(words.account), identity && account],
        [t(words.verifiedAs), identity?.name],
        [t(words.type), identity && t(kinds[identity.type])],
        [identity && t(documents[identity.credentialType] ?? common.subject), identity && el("span", { className: "figures" }, identity.credential)],
        [t(words.verifiedAt), identity && time(identity.verifiedAt)],
        [t(words.version), identity && String(identity.version)],
        [t(words.open), el("div", {}, contracts)],
      ]),
      actions),
    registration,
  ];
}
