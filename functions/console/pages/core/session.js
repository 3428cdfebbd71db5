// Who is logged in: OIDC authorization code with PKCE. The token stays in sessionStorage, because the way to the signing page and back leaves
// this page; it is never in localStorage or in an address.

const TOKEN = "countersign-token";
const PENDING = "countersign-log-in";

let settings = null;

/** The deployment's settings: issuer, clientId, vendor, contact, accent. */
export async function config() {
  if (!settings) {
    const response = await fetch("/config.json", { headers: { accept: "application/json" } });
    if (!response.ok) throw new Error(`config.json: ${response.status}`);
    settings = await response.json();
  }
  return settings;
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function discovery() {
  const { issuer } = await config();
  const response = await fetch(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  if (!response.ok) throw new Error(`openid-configuration: ${response.status}`);
  return response.json();
}

function stored() {
  try { return JSON.parse(sessionStorage.getItem(TOKEN)); } catch { return null; }
}

/** The access token, or null where nobody is logged in or the token has run out. */
export function token() {
  const kept = stored();
  return kept && kept.until > Date.now() ? kept.token : null;
}

/** The token's claims, for showing who it is only: the API checks them. */
export function claims() {
  const part = token()?.split(".")[1];
  if (!part) return null;
  try {
    const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch { return null; }
}

export function isStaff() {
  return (claims()?.scope ?? "").split(" ").includes("contracts/staff");
}

export function isCustomer() {
  return (claims()?.scope ?? "").split(" ").includes("contracts/self");
}

/** Leaves for the log-in; afterwards the browser is back at `address`. */
export async function logIn(address = location.pathname + location.search) {
  const [{ clientId }, found] = await Promise.all([config(), discovery()]);
  const verifier = random();
  const state = random();
  sessionStorage.setItem(PENDING, JSON.stringify({ verifier, state, address }));
  const challenge = base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  const url = new URL(found.authorization_endpoint);
  for (const [name, value] of Object.entries({
    response_type: "code",
    client_id: clientId,
    redirect_uri: `${location.origin}/signed-in`,
    scope: "openid contracts/self contracts/staff",
    state,
    code_challenge: challenge,
    code_challenge_method: "S256",
  })) url.searchParams.set(name, value);
  location.assign(url);
}

/** Takes the code that the log-in sent, and gives the address to go on to. */
export async function signedIn() {
  const sent = new URLSearchParams(location.search);
  let pending = null;
  try { pending = JSON.parse(sessionStorage.getItem(PENDING)); } catch { /* As if there were none. */ }
  sessionStorage.removeItem(PENDING);
  // The code is good once; it shall not be sent again by a reload.
  history.replaceState(null, "", "/signed-in");
  if (!pending || sent.get("state") !== pending.state || !sent.get("code")) return null;
  const [{ clientId }, found] = await Promise.all([config(), discovery()]);
  const response = await fetch(found.token_endpoint, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code: sent.get("code"),
      redirect_uri: `${location.origin}/signed-in`,
      client_id: clientId,
      code_verifier: pending.verifier,
    }),
  });
  if (!response.ok) return null;
  const answer = await response.json();
  const until = Date.now() + (Number(answer.expires_in) || 3600) * 1000;
  sessionStorage.setItem(TOKEN, JSON.stringify({ token: answer.access_token, until }));
  return pending.address?.startsWith("/") && !pending.address.startsWith("/signed-in") ? pending.address : "/";
}

/** Forgets who was logged in. */
export function logOut() {
  for (const name of [TOKEN, PENDING]) sessionStorage.removeItem(name);
}

/** Forgets the token only: the session is over, what was typed stays. */
export function sessionOver() {
  sessionStorage.removeItem(TOKEN);
}
