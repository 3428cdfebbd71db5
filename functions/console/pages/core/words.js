// The language of the pages, and the words that several of them use. A page's own words stand in its module.

const KEPT = "countersign-language";

/** `zh-CN` or `en`: what was chosen here before, else what the browser prefers. */
function preferred() {
  let kept = null;
  try { kept = localStorage.getItem(KEPT); } catch { /* Storage may be switched off. */ }
  if (kept === "zh-CN" || kept === "en") return kept;
  return (navigator.languages ?? [navigator.language]).some((tag) => tag?.toLowerCase().startsWith("zh"))
    || !navigator.language ? "zh-CN" : "en";
}

export let language = preferred();
document.documentElement.lang = language;

/** Changes the language for this browser; whoever shows text shows it anew. */
export function setLanguage(tag) {
  language = tag;
  document.documentElement.lang = tag;
  try { localStorage.setItem(KEPT, tag); } catch { /* Then it lasts as long as the page. */ }
}

/** The text of a pair `{zh, en}` in the language of the page, with `{name}` replaced from `values`. */
export function t(pair, values = {}) {
  const text = language === "en" ? pair.en : pair.zh;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export const states = {
  draft: { zh: "草稿", en: "Draft" },
  confirmed: { zh: "已确认", en: "Confirmed" },
  signing: { zh: "签署中", en: "Waiting for signature" },
  revoking: { zh: "撤销中", en: "Revoking" },
  completing: { zh: "归档中", en: "Finishing" },
  signed: { zh: "已签署", en: "Signed" },
  revoked: { zh: "已撤销", en: "Revoked" },
  declined: { zh: "已拒签", en: "Declined" },
  expired: { zh: "已过期", en: "Expired" },
  closed: { zh: "已关闭", en: "Closed" },
};

export const kinds = {
  personal: { zh: "个人", en: "Person" },
  enterprise: { zh: "企业", en: "Enterprise" },
};

export const documents = {
  uscc: { zh: "统一社会信用代码", en: "Unified social credit code" },
  id_card: { zh: "居民身份证", en: "Resident identity card" },
  hk_macao_permit: { zh: "港澳居民来往内地通行证", en: "Mainland travel permit for Hong Kong and Macao residents" },
  taiwan_permit: { zh: "台湾居民来往大陆通行证", en: "Mainland travel permit for Taiwan residents" },
  passport: { zh: "护照", en: "Passport" },
};

export const reasons = {
  unverified: {
    zh: "请先完成实名认证，再申请电子合同。",
    en: "Verify your identity first; then you can apply for an electronic contract.",
  },
  contract_open: {
    zh: "该主体已有一份进行中的合同，请先完成或撤销。",
    en: "There is already a contract in progress for this subject. Finish or revoke it first.",
  },
  contract_signed: {
    zh: "该主体已签署电子合同，不支持再次申请、更改或作废。如需变更，请联系商务。",
    en: "This subject has signed. A signed contract cannot be applied for again, changed or voided here. For changes please contact us.",
  },
  signed_on_paper: {
    zh: "该主体已签署纸质合同，无需再签署电子合同。",
    en: "This subject has signed on paper and needs no electronic contract.",
  },
};

export const common = {
  contracts: { zh: "合同管理", en: "Contracts" },
  staff: { zh: "商务管理", en: "Staff" },
  back: { zh: "返回", en: "Back" },
  cancel: { zh: "取消", en: "Cancel" },
  close: { zh: "关闭", en: "Close" },
  retry: { zh: "重试", en: "Try again" },
  more: { zh: "加载更多", en: "Load more" },
  loading: { zh: "正在加载", en: "Loading" },
  download: { zh: "下载", en: "Download" },
  print: { zh: "打印", en: "Print" },
  number: { zh: "合同编号", en: "Contract number" },
  state: { zh: "状态", en: "State" },
  created: { zh: "创建时间", en: "Created" },
  signedAt: { zh: "签署时间", en: "Signed" },
  subject: { zh: "客户主体", en: "Legal subject" },
  contact: { zh: "商务联系人", en: "Business contact" },
  none: { zh: "无", en: "None" },
  enquire: { zh: "联系商务", en: "Contact us" },
  skip: { zh: "跳到主要内容", en: "Skip to content" },
};
