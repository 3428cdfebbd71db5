// Calls of the public API. What goes wrong is a `Refusal`: the API's problem document, or one made here when it was not reached.

import { language, t } from "./words.js";
import { sessionOver, token } from "./session.js";

const PATIENCE = 30_000;

const words = {
  away: { zh: "暂时无法连接服务，请检查网络后重试。您填写的内容仍然保留。", en: "The service cannot be reached. Check the network and try again; what you typed is still here." },
  fault: { zh: "服务出现故障，请稍后重试。", en: "Something went wrong on our side. Please try again later." },
  busy: { zh: "请求过于频繁，请稍后重试。", en: "Too many requests. Please try again in a moment." },
  missing: { zh: "没有找到您要查看的内容。", en: "What you are looking for was not found." },
  over: { zh: "登录已过期，请重新登录。", en: "Your session is over. Please log in again." },
  forbidden: { zh: "当前账号无权查看此内容。", en: "This account may not see this." },
};

/** Why a call did not succeed. `code` and `errors` are the API's; `status` 0 means that it was not reached. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail);
    this.status = status;
    this.code = problem.code ?? "";
    this.title = problem.title ?? "";
    this.errors = problem.errors ?? [];
    this.contact = problem.contact ?? null;
    this.contractId = problem.contractId ?? null;
    this.retryAfter = problem.retryAfter ?? null;
  }

  /** Whether the same call may succeed later. */
  get temporary() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const plain = { 401: words.over, 403: words.forbidden, 404: words.missing, 429: words.busy };

async function refusal(response) {
  const kind = response.headers.get("content-type") ?? "";
  const problem = kind.includes("problem+json") ? await response.json().catch(() => ({})) : {};
  problem.detail ??= t(plain[response.status] ?? words.fault);
  problem.retryAfter = Number(response.headers.get("retry-after")) || null;
  if (response.status === 401) sessionOver();
  return new Refusal(response.status, problem);
}

async function send(method, path, { body, headers = {}, accept = "application/json", signal } = {}) {
  const limit = AbortSignal.timeout(PATIENCE);
  const access = token();
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        accept,
        "accept-language": language,
        ...(access ? { authorization: `Bearer ${access}` } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      cache: "no-store",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refusal(0, { detail: t(words.away), code: "away" });
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function json(method, path, options) {
  const response = await send(method, path, options);
  return response.status === 204 ? null : response.json();
}

export const get = (path, options) => json("GET", path, options);
export const post = (path, body, options) => json("POST", path, { body, ...options });
export const put = (path, body, options) => json("PUT", path, { body, ...options });
export const del = (path, options) => json("DELETE", path, options);

/** A picture behind a token, as an address for `img`; whoever shows it revokes it. */
export async function picture(path, options) {
  const response = await send("GET", path, { accept: "image/png", ...options });
  return URL.createObjectURL(await response.blob());
}

/** The bytes behind a short-lived link, and their SHA-256 in hexadecimal digits. */
export async function bytes(url) {
  let response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE), credentials: "omit", referrerPolicy: "no-referrer" });
  } catch {
    throw new Refusal(0, { detail: t(words.away), code: "away" });
  }
  if (!response.ok) throw new Refusal(response.status, { detail: t(words.fault) });
  const data = await response.arrayBuffer();
  const digest = await crypto.subtle.digest("SHA-256", data);
  const sha256 = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { data, sha256 };
}
