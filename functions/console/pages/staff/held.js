// The PDF that a contract is held for: what was found in it, what the provider says of its own copy, and the file itself.

import { el, fill } from "../core/dom.js";
import { t } from "../core/words.js";
import { bytes, get } from "../core/api.js";
import { button, facts, failure, hash } from "../core/parts.js";

const words = {
  broken: { zh: "该文件不成立，任何人都不能认可。", en: "The document does not hold. Nobody can accept it." },
  unjudged: { zh: "该文件未发现问题，但有以下几点无法在此判断；请下载文件核对后决定。", en: "Nothing in the document is broken, but the following cannot be judged here. Please look at the file before you decide." },
  verdict: { zh: "签署平台的结论", en: "The signing service says" },
  unmodified: { zh: "平台自己的文件签署后未被修改", en: "Its own copy was not changed after signing" },
  modified: { zh: "平台自己的文件签署后被修改", en: "Its own copy was changed after signing" },
  unsaid: { zh: "平台未作判断", en: "It does not say" },
  notAsked: { zh: "未能询问平台", en: "It could not be asked" },
  hash: { zh: "文件 SHA-256", en: "SHA-256 of the document" },
  download: { zh: "下载该文件", en: "Download the document" },
  differs: { zh: "收到的文件与记录的 SHA-256 不一致。", en: "The file received is not the one on record." },
};

/** What is known of the document, or null where none is held. */
export function heldDocument({ id, number, held }) {
  if (!held) return null;
  const said = el("div");
  const save = async () => {
    try {
      const link = await get(`/v1/staff/contracts/${id}/held-document`);
      const { data, sha256 } = await bytes(link.url);
      if (sha256 !== held.documentSha256) throw new Error(t(words.differs));
      const url = URL.createObjectURL(new Blob([data], { type: "application/pdf" }));
      el("a", { href: url, download: `${number}-held.pdf` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (error) { fill(said, failure(error, save)); }
  };
  return el("div", { id: "held", "data-outcome": held.outcome },
    el("p", {}, el("strong", {}, t(words[held.outcome]))),
    el("ul", {}, held.findings.map(({ code, text }) => el("li", { "data-finding": code }, text))),
    facts([
      [t(words.verdict), t(words[held.providerVerdict] ?? words.notAsked)],
      [t(words.hash), hash(held.documentSha256)],
    ]),
    el("div", { className: "actions" }, button(t(words.download), save, "secondary", { id: "held-document" })), said);
}
