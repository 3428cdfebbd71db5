// One contract: how it stands, what happens next and who has to act; its history, its document, and revoking it. It follows what moves by
// itself, and is where the signing service leads back to.

import { el, fill } from "../core/dom.js";
import { common, t } from "../core/words.js";
import { bytes, get, post } from "../core/api.js";
import { config } from "../core/session.js";
import { follow } from "../core/follow.js";
import { historyItem } from "../core/history.js";
import { field } from "../core/form.js";
import { badge, button, contactLine, dialog, facts, failure, hash, heading, linkButton, loaded, notice, stepper, time } from "../core/parts.js";
import { enquire } from "./enquiry.js";
import { summary } from "./summary.js";
import { words } from "./contract-words.js";

const MOVING = ["signing", "revoking", "completing"];

export async function show(main, { id, signal, go }) {
  // What the signing service added to the address is its own; how the contract stands is asked of the API.
  const came = new URLSearchParams(location.search).has("tsignType");
  if (location.search) history.replaceState(null, "", location.pathname);
  const place = el("div");
  fill(main, place);
  const load = () => get(`/v1/contracts/${id}`, { signal });
  const draw = (contract) => content(contract, { go, came, again: () => load().then((fresh) => fill(place, draw(fresh))) });
  const contract = await loaded(place, load, draw);
  if (!contract || !MOVING.includes(contract.state)) return;
  let shown = JSON.stringify(contract);
  follow(load, {
    signal,
    until: (now) => !MOVING.includes(now.state),
    changed: (now) => {
      if (JSON.stringify(now) === shown) return;
      shown = JSON.stringify(now);
      // A dialog that is open keeps the page under it as it was; the next look shows the change.
      if (document.querySelector("dialog[open]")) { shown = ""; return; }
      fill(place, draw(now));
      document.title = document.title.replace(/^[^·]+/, `${now.number} `);
    },
  });
}

function content(contract, page) {
  const step = { draft: 2, confirmed: 3, signing: 4, revoking: 4, completing: 4 }[contract.state];
  return [
    step ? stepper(step) : null,
    heading(t(words.title)),
    el("div", { className: "layout" },
      el("div", {}, standing(contract, page), document_(contract), el("section", {}, el("h2", {}, t(words.entered)), summary(contract))),
      el("section", { className: "card" }, el("h2", {}, t(words.history)), timeline(contract))),
  ];
}

/** State, what it means, what can be done. */
function standing(contract, { go, came, again }) {
  const { state, allowed } = contract;
  const path = `/contracts/${contract.id}`;
  const said = el("div", { "aria-live": "polite" });
  const actions = [];
  const may = (action) => allowed.includes(action);
  if (may("confirm")) actions.push(linkButton(t(words.toConfirm), `${path}/confirm`, "primary", { id: "to-confirm" }));
  if (may("submitSigner")) actions.push(linkButton(t(words.toSigner), `${path}/signer`, "primary", { id: "to-signer" }));
  if (may("openSigning")) actions.push(button(t(words.toSigning), () => openSigning(path, said), "primary", { id: "open-signing" }));
  if (may("edit")) actions.push(linkButton(t(words.edit), `${path}/party-a`, "secondary", { id: "edit" }));
  if (["revoked", "declined", "expired", "closed"].includes(state)) actions.push(linkButton(t(words.applyAgain), "/apply", "primary", { id: "apply-again" }));
  if (state === "signed") actions.push(button(t(words.change), () => enquire("change_signed"), "secondary", { id: "change-signed" }));
  if (may("revoke")) actions.push(button(t(words.revoke), () => revoke(contract, said, again), "danger", { id: "revoke" }));
  const meaning = contract.needsReview ? words.review : came && state === "signing" ? words.cameBack : words[state];
  const tone = { signed: "good", declined: "warn", expired: "warn", revoking: "warn" }[state] ?? "note";
  return el("section", { className: "card", id: "standing", "data-state": state, "data-review": contract.reviewReason ?? "" },
    el("div", { className: "standing" }, badge(contract), el("span", { className: "figures", id: "number" }, contract.number)),
    notice(tone, el("p", {}, t(meaning)), contract.needsReview || ["completing", "signed"].includes(state) ? contactPlace() : null),
    facts([
      [t(common.created), time(contract.createdAt)],
      [t(common.signedAt), contract.signedAt && time(contract.signedAt)],
      [t(words.signer), contract.signer && el("span", { className: "figures" }, `${contract.signer.name}　${contract.signer.idNumber}　${contract.signer.mobile}`)],
    ]),
    said,
    actions.length ? el("div", { className: "actions" }, actions) : null);
}

function contactPlace() {
  const place = el("div");
  config().then(({ contact }) => fill(place, contactLine(contact)));
  return place;
}

/** A fresh link to the signing page; the browser goes there in this tab. */
async function openSigning(path, said) {
  try {
    const { url } = await post(`/v1${path}/signing-session`);
    location.assign(url);
  } catch (error) {
    fill(said, failure(error, () => openSigning(path, said)));
  }
}

async function revoke(contract, said, again) {
  const reason = field({ pointer: "/reason", label: t(words.reason), most: 50, required: false, id: "reason" });
  const started = contract.state === "signing";
  const agreed = await dialog(t(words.revokeTitle),
    [el("p", {}, t(started ? words.revokeStarted : words.revokePlain)), reason],
    (close) => [button(t(common.cancel), () => close(), "secondary"), button(t(words.revokeNow), () => close(true), "danger", { id: "revoke-now" })]);
  if (!agreed) return;
  const text = reason.querySelector("input").value.trim();
  try {
    await post(`/v1/contracts/${contract.id}/revoke`, text ? { reason: text } : {});
    await again();
    // What is asked of the signing service is followed from here on.
    if (started) dispatchEvent(new PopStateEvent("popstate"));
  } catch (error) {
    fill(said, failure(error));
  }
}

/** The signed document: to look at, to keep, to print. */
function document_(contract) {
  if (!contract.allowed.includes("download")) return null;
  const said = el("div");
  const fetched = async () => {
    const link = await get(`/v1/contracts/${contract.id}/document`);
    const { data, sha256 } = await bytes(link.url);
    if (sha256 !== contract.document.sha256) throw new Error(t(words.differs));
    return URL.createObjectURL(new Blob([data], { type: "application/pdf" }));
  };
  const save = async () => {
    try {
      const url = await fetched();
      el("a", { href: url, download: `${contract.number}.pdf` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (error) { fill(said, failure(error, save)); }
  };
  const open = async () => {
    // Opened before anything is waited for, or the browser takes it for a pop-up.
    const view = globalThis.open("", "_blank");
    try {
      const url = await fetched();
      if (view) view.location.replace(url); else location.assign(url);
    } catch (error) { view?.close(); fill(said, failure(error, open)); }
  };
  return el("section", { className: "card", id: "document" }, el("h2", {}, t(words.document)),
    el("p", {}, t(words.documentText)),
    contract.document.chainChecked ? null : el("p", { id: "chain-not-checked" }, t(words.chainNotChecked)),
    el("div", { className: "actions" },
      button(t(common.download), save, "primary", { id: "download" }), button(t(words.viewAndPrint), open, "secondary", { id: "print" })),
    said, el("p", { className: "hint" }, "SHA-256 ", hash(contract.document.sha256)));
}

function timeline(contract) {
  const place = el("div");
  loaded(place, () => get(`/v1/contracts/${contract.id}/events`),
    ({ items }) => el("ol", { className: "timeline", id: "history" }, items.toReversed().map(historyItem)));
  return place;
}
