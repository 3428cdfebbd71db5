// Step 2, 确认合同内容: all pages of the draft, what went into it, and its confirmation by its SHA-256.

import { el, fill } from "../core/dom.js";
import { common, t } from "../core/words.js";
import { bytes, get, picture, post } from "../core/api.js";
import { button, failure, hash, heading, linkButton, loaded, notice, stepper } from "../core/parts.js";
import { summary } from "./summary.js";

const words = {
  title: { zh: "确认合同内容", en: "Confirm the content" },
  page: { zh: "第 {page} 页，共 {pages} 页", en: "Page {page} of {pages}" },
  zoomIn: { zh: "放大", en: "Zoom in" },
  zoomOut: { zh: "缩小", en: "Zoom out" },
  preview: { zh: "合同草稿", en: "The draft" },
  download: { zh: "下载草稿", en: "Download the draft" },
  checked: { zh: "已在本浏览器核对：预览与将要签署的文件一致，SHA-256 ", en: "Checked in this browser: this is the very file that will be signed, SHA-256 " },
  differs: { zh: "收到的文件与合同记录不一致，请勿确认，并联系商务。", en: "The file received is not the one on record. Please do not confirm it, and contact us." },
  confirm: { zh: "确认以上 {pages} 页合同内容，下一步", en: "Confirm these {pages} pages, next step" },
  edit: { zh: "返回修改信息", en: "Back to change the information" },
  changed: { zh: "合同内容已更新，请重新阅读后再确认。", en: "The content has changed. Please read it again before you confirm." },
  confirmed: { zh: "内容已确认。", en: "The content is confirmed." },
  on: { zh: "下一步：填写签署方信息", en: "Next: name the signer" },
  notNow: { zh: "合同当前所处的状态不需要确认内容。", en: "There is nothing to confirm in the contract's present state." },
  view: { zh: "查看合同", en: "View the contract" },
  entered: { zh: "填写的信息", en: "What went in" },
  waiting: { zh: "合同页面", en: "the pages" },
};

const WIDTHS = [480, 640, 800, 1040, 1360];

export async function show(main, { id, signal, go }) {
  const place = el("div");
  fill(main, stepper(2), heading(t(words.title)), place);
  await loaded(place, () => Promise.all([get(`/v1/contracts/${id}`), get(`/v1/contracts/${id}/draft`)]),
    ([contract, draft]) => content(contract, draft, { signal, go }), t(words.waiting));
}

function content(contract, draft, { signal, go }) {
  const path = `/contracts/${contract.id}`;
  if (!["draft", "confirmed"].includes(contract.state)) {
    return [notice("note", el("p", {}, t(words.notNow))), linkButton(t(words.view), path)];
  }
  const said = el("div");
  const check = el("p", { className: "muted", id: "checked" });
  const save = el("a", { className: "button secondary", id: "download", download: `${contract.number}.pdf` }, t(words.download));
  const confirm = button(t(words.confirm, { pages: draft.pages }), async () => {
    try {
      await post(`/v1${path}/confirm`, { draftSha256: draft.sha256 });
      await go(`${path}/signer`);
    } catch (error) {
      if (error.code === "draft_changed") {
        await go(`${path}/confirm`, { replace: true });
        document.getElementById("main")?.prepend(notice("warn", el("p", {}, t(words.changed))));
        return;
      }
      fill(said, failure(error));
    }
  }, "primary", { id: "confirm", disabled: true });

  // What is shown must be what is confirmed: the bytes are fetched and compared before the button works.
  const verify = async () => {
    try {
      const { data, sha256 } = await bytes(draft.url);
      if (sha256 !== draft.sha256) {
        fill(check, notice("bad", el("p", {}, t(words.differs))));
        return;
      }
      save.href = URL.createObjectURL(new Blob([data], { type: "application/pdf" }));
      signal.addEventListener("abort", () => URL.revokeObjectURL(save.href));
      fill(check, t(words.checked), hash(sha256));
      confirm.disabled = false;
    } catch (error) {
      // The link is short-lived; a fresh one comes with the page.
      fill(check, failure(error, () => go(`${path}/confirm`, { replace: true })));
    }
  };
  verify();
  return [
    contract.state === "confirmed" ? notice("good", el("p", {}, t(words.confirmed)), linkButton(t(words.on), `${path}/signer`)) : null,
    viewer(contract, draft, signal, save),
    check,
    el("section", { className: "card" }, el("h2", {}, t(words.entered)), summary(contract, { edit: `${path}/party-a` })),
    said,
    el("div", { className: "actions" },
      contract.state === "draft" ? confirm : null,
      linkButton(t(words.edit), `${path}/party-a`, "secondary", { id: "edit" })),
  ];
}

/** All pages, one below the other, each fetched when it comes near; zoom, and which page is seen. */
function viewer(contract, draft, signal, save) {
  let zoom = WIDTHS.findLastIndex((width) => width <= Math.max(WIDTHS[0], Math.min(innerWidth - 64, 880)));
  const at = el("span", { className: "figures", id: "page-of", "aria-live": "polite" });
  const sheets = Array.from({ length: draft.pages }, (_, place) => el("figure", { className: "sheet", "data-page": String(place + 1) }));
  const scroller = el("div", { className: "sheets", tabIndex: 0, role: "region", "aria-label": t(words.preview) }, sheets);
  const seen = new Set();
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) render(entry.target);
  }, { root: scroller, rootMargin: "600px 0px" });
  const inView = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) seen[isIntersecting ? "add" : "delete"](Number(target.dataset.page));
    if (seen.size) at.textContent = t(words.page, { page: Math.min(...seen), pages: draft.pages });
  }, { root: scroller, threshold: 0.4 });

  async function render(sheet) {
    const width = WIDTHS[zoom];
    if (sheet.dataset.width === String(width)) return;
    sheet.dataset.width = String(width);
    const page = sheet.dataset.page;
    // Twice the width where the screen has the pixels for it.
    const pixels = Math.min(2000, Math.round(width * Math.min(2, devicePixelRatio)));
    try {
      const url = await picture(`/v1/contracts/${contract.id}/draft/pages/${page}?width=${pixels}&sha256=${draft.sha256}`, { signal });
      const image = el("img", { src: url, width, alt: t(words.page, { page, pages: draft.pages }) });
      await image.decode();
      if (sheet.dataset.width === String(width)) fill(sheet, image);
      URL.revokeObjectURL(url);
    } catch (error) {
      if (signal.aborted) return;
      delete sheet.dataset.width;
      fill(sheet, failure(error, () => render(sheet)));
    }
  }

  function size() {
    for (const sheet of sheets) sheet.className = `sheet zoom-${zoom}`;
    out.disabled = zoom === 0;
    larger.disabled = zoom === WIDTHS.length - 1;
    for (const sheet of sheets) if (sheet.dataset.width) render(sheet);
  }

  const change = (by) => () => { zoom = Math.max(0, Math.min(WIDTHS.length - 1, zoom + by)); size(); };
  const out = button("−", change(-1), "secondary", { id: "zoom-out", "aria-label": t(words.zoomOut) });
  const larger = button("+", change(1), "secondary", { id: "zoom-in", "aria-label": t(words.zoomIn) });
  at.textContent = t(words.page, { page: 1, pages: draft.pages });
  size();
  // Observing begins once the pages are in the document.
  queueMicrotask(() => requestAnimationFrame(() => { for (const sheet of sheets) { near.observe(sheet); inView.observe(sheet); } }));
  signal.addEventListener("abort", () => { near.disconnect(); inView.disconnect(); });
  return el("section", { className: "viewer", "aria-label": t(words.preview) },
    el("div", { className: "viewer-bar" }, at, el("span", { className: "viewer-tools" }, out, larger, save)), scroller);
}
