// Starts the pages: which module an address belongs to, the frame around it, and moving between pages without loading anew.

import { el, fill, focusOn } from "./dom.js";
import { common, language, setLanguage, t } from "./words.js";
import { claims, config, isCustomer, isStaff, logIn, logOut, signedIn, token } from "./session.js";
import { button, failure, notice, skeleton } from "./parts.js";

const words = {
  logIn: { zh: "登录", en: "Log in" },
  logOut: { zh: "退出登录", en: "Log out" },
  account: { zh: "账号", en: "Account" },
  language: { zh: "English", en: "中文" },
  welcome: { zh: "在线签署{vendor}云服务协议", en: "Sign the cloud service agreement of {vendor} online" },
  invitation: {
    zh: "登录后填写信息、确认合同内容并在线签署，全程约十分钟。电子合同采用可靠的电子签名，与纸质合同具有同等法律效力。",
    en: "Log in, fill in your information, confirm the contract and sign it online. It takes about ten minutes. The electronic contract carries reliable electronic signatures and has the same legal force as paper.",
  },
  logInFailed: { zh: "登录未完成，请重新登录。", en: "The log-in was not completed. Please log in again." },
  missing: { zh: "没有找到这个页面。", en: "There is no such page." },
  menu: { zh: "主导航", en: "Main" },
  staffMenu: { zh: "商务导航", en: "Staff" },
  title: { zh: "合同管理", en: "Contracts" },
  search: { zh: "合同查询", en: "Search" },
  reviews: { zh: "人工核实", en: "Reviews" },
  papers: { zh: "纸质合同", en: "Paper contracts" },
  identities: { zh: "客户实名", en: "Identities" },
  enquiries: { zh: "客户咨询", en: "Enquiries" },
};

// Which module shows an address. Those of staff come first: `/staff/contracts/{id}` is not a customer's contract. What is no id at all is no
// page either, and becomes no part of a call.
const pages = [
  [/^\/staff$/, () => import("../staff/search.js")],
  [/^\/staff\/contracts\/([0-9A-Za-z]{26})$/, () => import("../staff/contract.js")],
  [/^\/staff\/reviews$/, () => import("../staff/reviews.js")],
  [/^\/staff\/papers$/, () => import("../staff/papers.js")],
  [/^\/staff\/identities$/, () => import("../staff/identities.js")],
  [/^\/staff\/enquiries$/, () => import("../staff/enquiries.js")],
  [/^\/$/, () => (isStaff() && !isCustomer() ? import("../staff/search.js") : import("../customer/overview.js"))],
  [/^\/apply$/, () => import("../customer/party-a.js")],
  [/^\/contracts\/([0-9A-Za-z]{26})$/, () => import("../customer/contract.js")],
  [/^\/contracts\/([0-9A-Za-z]{26})\/party-a$/, () => import("../customer/party-a.js")],
  [/^\/contracts\/([0-9A-Za-z]{26})\/confirm$/, () => import("../customer/confirm.js")],
  [/^\/contracts\/([0-9A-Za-z]{26})\/signer$/, () => import("../customer/signer.js")],
  [/^\/contracts\/([0-9A-Za-z]{26})\/signing$/, () => import("../customer/signing.js")],
];

const staffPages = [
  ["/staff", words.search], ["/staff/reviews", words.reviews], ["/staff/papers", words.papers],
  ["/staff/identities", words.identities], ["/staff/enquiries", words.enquiries],
];

const app = document.getElementById("app");
let leaving = new AbortController();

/** Goes to an address of this console. */
export function go(address, { replace = false } = {}) {
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  return show();
}

async function show() {
  // What the last page still does for itself, as following a state, ends with it.
  leaving.abort();
  leaving = new AbortController();
  for (const open of document.querySelectorAll("dialog[open]")) open.close();
  const { signal } = leaving;
  const main = el("main", { id: "main", tabIndex: -1 });
  const path = location.pathname.replace(/(.)\/$/, "$1");
  if (path === "/signed-in") return finishLogIn(main);
  frame(main, path);
  if (!token()) return welcome(main);
  const found = pages.map(([address, load]) => [address.exec(path), load]).find(([match]) => match);
  if (!found) return fill(main, notice("warn", t(words.missing)));
  const waiting = setTimeout(() => { if (!main.hasChildNodes()) fill(main, skeleton(6)); }, 400);
  let module;
  try {
    module = await found[1]();
  } catch (error) {
    clearTimeout(waiting);
    // A new version was deployed while this page was open: its modules have other addresses.
    if (await isOld()) return location.reload();
    return fill(main, failure(error, show));
  }
  clearTimeout(waiting);
  if (signal.aborted) return undefined;
  fill(main);
  try {
    await module.show(main, { id: found[0][1] ?? null, signal, go });
  } catch (error) {
    if (!signal.aborted) main.append(failure(error, show));
  }
  if (signal.aborted) return undefined;
  const title = main.querySelector("h1");
  document.title = title ? `${title.textContent} · ${t(words.title)}` : t(words.title);
  if (moved) focusOn(title);
  return undefined;
}

/** Whether the server has another version of the pages than this one. */
async function isOld() {
  try {
    const document = await (await fetch("/", { cache: "no-store" })).text();
    return !document.includes(new URL(import.meta.url).pathname);
  } catch {
    return false;
  }
}

let moved = false;

function frame(main, path) {
  const who = claims();
  const link = (address, text) => el("a", { href: address, ...(path === address ? { "aria-current": "page" } : {}) }, t(text));
  fill(app,
    el("a", { href: "#main", className: "skip", onclick: (event) => { event.preventDefault(); main.focus(); } }, t(common.skip)),
    el("header", { className: "top" },
      el("div", { className: "bar-in" },
        el("a", { href: "/", className: "brand" }, el("span", { className: "logo", "aria-hidden": "true" }), el("span", { id: "vendor" }, vendor)),
        el("nav", { "aria-label": t(words.menu) },
          who && isCustomer() ? link("/", common.contracts) : null,
          who && isStaff() ? link("/staff", common.staff) : null),
        el("div", { className: "who" },
          button(t(words.language), () => { setLanguage(language === "en" ? "zh-CN" : "en"); return show(); }, "quiet", { lang: language === "en" ? "zh-CN" : "en", id: "language" }),
          who ? el("span", { className: "muted account", title: t(words.account) }, who.sub) : null,
          who ? button(t(words.logOut), () => { logOut(); return go("/"); }, "quiet", { id: "log-out" }) : null))),
    who && path.startsWith("/staff")
      ? el("nav", { className: "second", "aria-label": t(words.staffMenu) }, el("div", { className: "bar-in" }, staffPages.map(([address, text]) => link(address, text))))
      : null,
    main);
}

let vendor = "";

function welcome(main) {
  document.title = t(words.title);
  const place = el("div");
  const enter = button(t(words.logIn), async () => {
    try { await logIn(); } catch (error) { fill(place, failure(error)); }
  }, "primary", { id: "log-in" });
  fill(main, el("section", { className: "welcome" },
    el("h1", { tabIndex: -1 }, t(words.welcome, { vendor })), el("p", {}, t(words.invitation)), enter, place));
}

async function finishLogIn(main) {
  frame(main, "/signed-in");
  fill(main, skeleton(3));
  try {
    const address = await signedIn();
    if (address) return go(address, { replace: true });
    welcome(main);
    main.prepend(notice("warn", t(words.logInFailed)));
  } catch (error) {
    fill(main, failure(error, () => logIn("/")));
  }
  return undefined;
}

// Links of this console change the page without loading it anew; everything else is the browser's.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || link.target || link.hasAttribute("download") || url.hash || /^\/(v1|dev|assets)(\/|$)/.test(url.pathname)) return;
  event.preventDefault();
  moved = true;
  go(url.pathname + url.search);
});
addEventListener("popstate", () => { moved = true; show(); });
// The provider's page leads back here; a browser that kept this page as it was shows the old state.
addEventListener("pageshow", (event) => { if (event.persisted) show(); });

try {
  const settings = await config();
  vendor = settings.vendor;
  if (settings.accent) document.documentElement.style.setProperty("--accent", settings.accent);
} catch (error) {
  fill(app, failure(error, () => location.reload()));
  throw error;
}
await show();
