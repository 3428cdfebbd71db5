// Paper contracts: registering one, how each stands and why, withdrawing a wrong one.

import { el, fill } from "../core/dom.js";
import { common, t } from "../core/words.js";
import { del, get, post, Refusal } from "../core/api.js";
import { follow } from "../core/follow.js";
import { body, check, complain, field, refuse } from "../core/form.js";
import { busy, button, dialog, failure, heading, loaded, notice, time } from "../core/parts.js";
import { cell, listing } from "./listing.js";
import { subjectFields, subjectLines } from "./subject.js";

const words = {
  title: { zh: "纸质合同", en: "Paper contracts" },
  about: {
    zh: "已签署纸质合同的客户主体不能再申请电子合同。",
    en: "A subject that has signed on paper cannot apply for an electronic contract.",
  },
  register: { zh: "登记纸质合同", en: "Register a paper contract" },
  follows: {
    zh: "若该主体有进行中的电子合同，将先撤销它；撤销完成前，纸质合同处于等待状态。若电子合同已先签署完成，登记会被拒绝。",
    en: "If an electronic contract of this subject is open, it is revoked first and the paper one waits until then. If signing is completed before that, the registration is refused.",
  },
  reference: { zh: "纸质合同编号", en: "Reference" },
  referenceHint: { zh: "贵司档案中的编号，不可重复。", en: "Your own number of it; each is used once." },
  signedOn: { zh: "签署日期", en: "Signed on" },
  send: { zh: "登记", en: "Register" },
  done: { zh: "纸质合同 {reference} 已登记。", en: "Paper contract {reference} is on record." },
  waits: { zh: "纸质合同 {reference} 已提交，等待电子合同撤销完成。", en: "Paper contract {reference} waits until the electronic contract is revoked." },
  taken: { zh: "该编号已登记了其他内容，请核对。", en: "This reference is registered with other content. Please check it." },
  contract_signed: { zh: "该主体已签署电子合同，不能登记纸质合同。", en: "This subject has signed an electronic contract; no paper contract can be registered." },
  signed_on_paper: { zh: "该主体已有一份纸质合同（已登记或等待中），不能重复登记。", en: "This subject has a paper contract already, on record or waiting." },
  lost: { zh: "纸质合同 {reference} 未能登记：电子合同在撤销前已完成签署。", en: "Paper contract {reference} was refused: the electronic contract was signed before it could be revoked." },
  status: { zh: "状态", en: "Status" },
  recorded: { zh: "已登记", en: "On record" },
  waiting: { zh: "等待中", en: "Waiting" },
  refused: { zh: "已拒绝", en: "Refused" },
  withdrawn: { zh: "已撤回", en: "Withdrawn" },
  revoking_contract: { zh: "等待电子合同撤销完成。", en: "Waits until the electronic contract is revoked." },
  signedFirst: { zh: "电子合同在撤销前已完成签署。", en: "The electronic contract was signed before it could be revoked." },
  which: { zh: "查看电子合同", en: "See the electronic contract" },
  registered: { zh: "登记时间", en: "Registered" },
  action: { zh: "操作", en: "Actions" },
  withdraw: { zh: "撤回", en: "Withdraw" },
  withdrawTitle: { zh: "撤回纸质合同 {reference}？", en: "Withdraw {reference}?" },
  withdrawRecorded: {
    zh: "{name} 将可以申请电子合同，该编号可再次使用。撤回不可恢复，但可以重新登记。",
    en: "{name} can then apply for an electronic contract, and the reference can be used again. It can be registered anew.",
  },
  withdrawWaiting: {
    zh: "纸质合同不再等待，该编号可再次使用。已发起的电子合同撤销不会因此停止。",
    en: "It waits no longer, and the reference can be used again. The revocation of the electronic contract goes on.",
  },
  withdrawnNow: { zh: "纸质合同 {reference} 已撤回。", en: "Paper contract {reference} is withdrawn." },
  empty: { zh: "还没有登记纸质合同。", en: "No paper contract has been registered." },
};

const tones = { recorded: "good", waiting: "warn", refused: "bad", withdrawn: "muted" };
const address = (id) => `/v1/staff/paper-contracts/${id}`;

export async function show(main, { signal }) {
  const said = el("div", { id: "said", role: "status" });
  const list = el("section");
  const again = () => loaded(list, () => listing({
    id: "papers", title: words.title, empty: words.empty, row: (paper) => row(paper, signal, tell),
    labels: [words.reference, common.subject, words.signedOn, words.status, words.registered, words.action],
    load: (cursor) => get(`/v1/staff/paper-contracts${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ""}`),
  }), (table) => table);
  const tell = (tone, text, values) => {
    fill(said, notice(tone, el("p", {}, t(text, values))));
    said.scrollIntoView({ block: "nearest" });
  };
  const form = registration(async (paper) => {
    open(false);
    const waits = paper.status === "waiting";
    tell(waits ? "warn" : "good", waits ? words.waits : words.done, paper);
    await again();
  }, () => open(false));
  const opener = button(t(words.register), () => open(true), "primary", { id: "register", "aria-expanded": "false", "aria-controls": "registration" });
  const open = (shown) => {
    form.hidden = !shown;
    opener.hidden = shown;
    (shown ? form.querySelector("select") : opener).focus();
    if (shown) fill(said);
  };
  form.hidden = true;
  fill(main, heading(t(words.title), opener), el("p", { className: "muted" }, t(words.about)), said, form, list);
  await again();
}

/** The form; `done` gets what was registered. */
function registration(done, cancel) {
  const place = el("div");
  const submit = el("button", { type: "submit", className: "button primary" }, el("span", {}, t(words.send)));
  const form = el("form", { noValidate: true, className: "card", id: "registration", "aria-label": t(words.register) },
    el("h2", {}, t(words.register)), el("p", { className: "muted" }, t(words.follows)),
    subjectFields("/subject"),
    el("div", { className: "columns" },
      field({ pointer: "/reference", label: t(words.reference), most: 100, hint: t(words.referenceHint), spellcheck: false }),
      field({ pointer: "/signedOn", label: t(words.signedOn), kind: "date" })),
    place,
    el("div", { className: "actions" }, submit, button(t(common.cancel), cancel, "secondary")));
  const send = async () => {
    fill(place);
    if (!check(form)) return undefined;
    let paper;
    try {
      paper = await post("/v1/staff/paper-contracts", body(form));
    } catch (error) {
      return refused(form, place, error, send);
    }
    for (const control of form.querySelectorAll("input")) control.value = "";
    return done(paper);
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); busy(submit, send); });
  return form;
}

/** What the API says to customers of a subject that has signed is said to staff in other words. */
function refused(form, place, error, again) {
  if (error instanceof Refusal && error.code === "reference_taken") {
    const control = form.querySelector("[name='/reference']");
    complain(control, t(words.taken));
    control.focus();
  } else if (error instanceof Refusal && error.status === 409 && words[error.code]) {
    fill(place, notice("bad", el("p", { "data-code": error.code }, t(words[error.code]))));
    place.scrollIntoView({ block: "nearest" });
  } else {
    refuse(form, place, error, again);
  }
}

function row(paper, signal, tell) {
  const { id, status, reason, contractId } = paper;
  const why = { revoking_contract: words.revoking_contract, contract_signed: words.signedFirst }[reason];
  const swap = (next) => line.replaceWith(row(next, signal, tell));
  const withdraw = async () => {
    const next = await askToWithdraw(paper);
    if (!next) return;
    swap(next);
    tell("good", words.withdrawnNow, next);
  };
  const line = el("tr", { "data-paper": id, "data-status": status },
    cell(words.reference, paper.reference),
    cell(common.subject, ...subjectLines(paper.subject)),
    cell(words.signedOn, el("time", { className: "figures", dateTime: paper.signedOn }, paper.signedOn)),
    cell(words.status, el("span", { className: `badge ${tones[status] ?? "muted"}` }, words[status] ? t(words[status]) : status),
      why ? el("p", { className: "small why" }, t(why), contractId ? [" ", el("a", { href: `/staff/contracts/${contractId}` }, t(words.which))] : null) : null),
    cell(words.registered, time(paper.createdAt)),
    cell(words.action, ["recorded", "waiting"].includes(status)
      ? button(t(words.withdraw), withdraw, "secondary", { "aria-label": `${t(words.withdraw)} ${paper.reference}`, "data-withdraw": id })
      : "—"));
  if (status === "waiting") {
    follow(() => get(address(id), { signal }), {
      signal,
      until: (next) => next.status !== status || !line.isConnected,
      changed: (next) => {
        if (next.status === status || !line.isConnected) return;
        swap(next);
        if (next.status === "recorded") tell("good", words.done, next);
        if (next.status === "refused") tell("bad", words.lost, next);
      },
    });
  }
  return line;
}

/** Resolves with the paper contract once it is withdrawn. */
function askToWithdraw(paper) {
  const place = el("div");
  const follows = paper.status === "waiting" ? words.withdrawWaiting : words.withdrawRecorded;
  return dialog(t(words.withdrawTitle, paper), [el("p", {}, t(follows, { name: paper.subject.name })), place], (close) => {
    const send = async () => {
      try {
        close(await del(address(paper.id)));
      } catch (error) {
        fill(place, failure(error));
      }
    };
    return [button(t(common.cancel), () => close(), "secondary"), button(t(words.withdraw), send, "danger", { id: "withdraw-now" })];
  });
}
