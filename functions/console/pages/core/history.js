// A contract's history in words: what happened, who did it, when, and what is on record of it. Shared by the customer's and the staff's page.

import { el } from "./dom.js";
import { kinds, documents, t } from "./words.js";
import { facts, hash, time } from "./parts.js";

const happened = {
  applied: { zh: "提交申请，生成合同草稿", en: "Applied; the draft was made" },
  edited: { zh: "修改甲方信息，重新生成草稿", en: "Party A's information changed; a new draft was made" },
  confirmed: { zh: "确认合同内容", en: "Content confirmed" },
  identity_checked: { zh: "核验签署人身份", en: "Signer's identity checked" },
  flow_created: { zh: "创建签署流程，内容冻结", en: "Signing flow created; the content is frozen" },
  start_requested: { zh: "再次请求启动签署流程", en: "Start of the signing flow asked for again" },
  revocation_requested: { zh: "申请撤销，等待签署平台确认", en: "Revocation requested; the signing service decides" },
  completed: { zh: "双方签署完成", en: "Signed by both parties" },
  held_for_review: { zh: "转人工核实", en: "Held for review" },
  close_requested: { zh: "商务请求关闭合同，待另一位同事确认", en: "Closing was asked for; a second colleague must confirm" },
  reviewed: { zh: "人工核实完成", en: "Review decided" },
  signed: { zh: "合同已归档并生效", en: "Archived; the contract is in force" },
  revoked: { zh: "合同已撤销", en: "Contract revoked" },
  declined: { zh: "签署人拒签", en: "The signer declined" },
  expired: { zh: "超过签署期限，合同已过期", en: "The time for signing ran out" },
  closed: { zh: "商务关闭合同", en: "Contract closed by staff" },
};

const actors = {
  customer: { zh: "客户", en: "Customer" },
  staff: { zh: "商务", en: "Staff" },
  provider: { zh: "签署平台", en: "Signing service" },
  system: { zh: "系统", en: "System" },
};

const causes = {
  customer: { zh: "客户撤销", en: "Revoked by the customer" },
  staff: { zh: "商务撤销", en: "Revoked by staff" },
  subject_changed: { zh: "账号的实名主体已变更", en: "The account's verified subject has changed" },
  paper_contract: { zh: "该主体登记了纸质合同", en: "A paper contract was registered for the subject" },
  untouched: { zh: "草稿 30 天未操作", en: "The draft was not touched for 30 days" },
};

/** Why a contract is held for review, in one sentence. */
export const reviewReasons = {
  signer_mismatch: {
    zh: "实际签署人与登记的客户主体不一致。",
    en: "The one who signed is not the recorded subject.",
  },
  document_mismatch: {
    zh: "已签文件未通过验证，或有系统无法判断之处。",
    en: "The signed document does not hold, or something about it cannot be judged here.",
  },
  start_refused: {
    zh: "签署平台拒绝启动签署流程（例如额度不足或流程已到期）。",
    en: "The signing service will not start the flow (no quota left, or past its deadline).",
  },
  flow_unknown: {
    zh: "签署平台查不到该签署流程，或前后说法不一致。",
    en: "The signing service does not know the flow, or contradicts what it said of it.",
  },
  completed_after_end: {
    zh: "合同在本系统已结束，但签署平台显示该流程已签署完成。",
    en: "The contract had ended here, but the signing service completed its flow.",
  },
};

/** What staff can decide of a contract that is held. */
export const decisions = {
  accept: { zh: "认可并继续归档", en: "Accept and archive" },
  retry: { zh: "重试", en: "Try again" },
  close: { zh: "关闭", en: "Close" },
};

const words = {
  type: { zh: "签署类型", en: "Signing type" },
  number: { zh: "合同编号", en: "Contract number" },
  language: { zh: "合同语言", en: "Language" },
  bilingual: { zh: "中文（附英文译文）", en: "Chinese with an English translation" },
  chinese: { zh: "中文", en: "Chinese" },
  revision: { zh: "版本", en: "Revision" },
  pages: { zh: "页数", en: "Pages" },
  draftSha256: { zh: "草稿 SHA-256", en: "SHA-256 of the draft" },
  documentSha256: { zh: "文件 SHA-256", en: "SHA-256 of the document" },
  chain: { zh: "证书链", en: "Certificate chain" },
  chainChecked: { zh: "已按信任根核验", en: "Checked against the trust anchors" },
  chainNotChecked: { zh: "未核验（未配置信任根）", en: "Not checked (no trust anchors are set)" },
  findings: { zh: "发现的问题", en: "Findings" },
  verdict: { zh: "签署平台的结论", en: "The signing service says" },
  unmodified: { zh: "签署后未被修改", en: "Not changed after signing" },
  modified: { zh: "签署后被修改", en: "Changed after signing" },
  unsaid: { zh: "未作判断", en: "It does not say" },
  notAsked: { zh: "未能询问", en: "It could not be asked" },
  certificate: { zh: "{party}签名证书 SHA-256", en: "SHA-256 of the certificate of {party}" },
  party_a: { zh: "甲方", en: "party A" },
  party_b: { zh: "乙方", en: "party B" },
  fileId: { zh: "平台文件 ID", en: "File at the signing service" },
  flowId: { zh: "签署流程 ID", en: "Signing flow" },
  consent: { zh: "信息授权版本", en: "Consent, version" },
  verifyId: { zh: "核验编号", en: "Identity check" },
  mobile: { zh: "手机号码", en: "Mobile" },
  ip: { zh: "IP 地址", en: "IP address" },
  userAgent: { zh: "浏览器", en: "Browser" },
  hash: { zh: "本条记录哈希", en: "Hash of this entry" },
  details: { zh: "详情", en: "Details" },
  reason: { zh: "原因：{reason}", en: "Reason: {reason}" },
  signer: { zh: "签署人：{name}", en: "Signer: {name}" },
  decision: { zh: "决定：{decision}", en: "Decision: {decision}" },
  passed: { zh: "姓名、证件与手机号一致。", en: "Name, document and mobile number belong together." },
  notPassed: { zh: "姓名、证件与手机号不一致，未发起签署。", en: "Name, document and mobile number do not match. Nothing was started." },
  signedBy: { zh: "签署平台记录的签署人：{name}。", en: "Signed by, as the signing service names them: {name}." },
  signWon: { zh: "撤销前签署已完成，合同将生效。", en: "Signing was completed before the revocation. The contract comes into force." },
};

const worded = (table, name) => (table[name] ? t(table[name]) : name);

/** What an event says beyond its name, in sentences. */
function sentences(kind, detail) {
  const check = kind === "identity_checked" ? detail : detail.identityCheck;
  return [
    detail.cause && worded(causes, detail.cause),
    detail.reviewReason && worded(reviewReasons, detail.reviewReason),
    detail.decision && t(words.decision, { decision: worded(decisions, detail.decision) }),
    detail.reason && t(words.reason, { reason: detail.reason }),
    detail.signer && t(words.signer, detail.signer),
    check && t(check.passed ? words.passed : words.notPassed),
    detail.signWon && t(words.signWon),
    detail.signedBy && t(words.signedBy, { name: detail.signedBy }),
  ].filter(Boolean);
}

/** What is on record of an event beyond what its sentences say, as labels and values. */
function record({ kind, detail, hash: own }) {
  const { by = {}, signer } = detail;
  const check = kind === "identity_checked" ? detail : detail.identityCheck;
  const code = (text) => text && hash(text);
  return [
    [t(words.number), detail.number],
    [t(words.type), detail.type && worded(kinds, detail.type)],
    [t(words.language), detail.language && t(detail.language === "en" ? words.bilingual : words.chinese)],
    [t(words.revision), detail.revision],
    [t(words.pages), detail.pages],
    [signer && worded(documents, signer.idType), signer?.idNumber],
    [t(words.mobile), signer?.mobile],
    [t(words.verifyId), code(check?.verifyId)],
    [t(words.consent), detail.consent],
    [t(words.flowId), code(detail.flowId)],
    [t(words.fileId), code(detail.fileId)],
    [t(words.draftSha256), code(detail.draftSha256)],
    [t(words.documentSha256), code(detail.documentSha256)],
    [t(words.findings), detail.findings?.join(", ")],
    [t(words.verdict), detail.providerVerdict !== undefined ? t(words[detail.providerVerdict] ?? words.notAsked) : null],
    ...(detail.signatures ?? []).map(({ party, certificateSha256 }) =>
      [t(words.certificate, { party: t(words[party]) }), code(certificateSha256)]),
    [t(words.chain), detail.chainChecked !== undefined ? t(detail.chainChecked ? words.chainChecked : words.chainNotChecked) : null],
    [t(words.ip), by.ip],
    [t(words.userAgent), by.userAgent],
    [t(words.hash), code(own)],
  ];
}

/** One entry of a contract's history, as `GET …/events` gives it: a list item for `ol.timeline`. */
export function historyItem(item) {
  const detail = item.detail ?? {};
  const who = [worded(actors, item.actor), detail.by?.id].filter(Boolean).join(" · ");
  return el("li", { "data-kind": item.kind, "data-seq": item.seq },
    el("p", {}, el("strong", {}, worded(happened, item.kind))),
    el("p", { className: "muted" }, time(item.at), ` · ${who}`),
    sentences(item.kind, detail).map((text) => el("p", {}, text)),
    el("details", {}, el("summary", { className: "muted" }, t(words.details)), facts(record({ ...item, detail }))));
}
