// Making and using a passkey. The page works without this: the forms stay hidden, and a sentence says what else to do.
const words = {
  NotAllowedError: "That was stopped, or it took too long. Nothing was changed. You can try again.",
  InvalidStateError: "This device has a passkey for this account already.",
  SecurityError: "Passkeys do not work at this address.",
  NotSupportedError: "This device cannot make a passkey that is safe enough.",
};
const unexpected = "That did not work. Try again, or use another way.";

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function readable(options) {
  const all = { ...options, challenge: bytes(options.challenge) };
  if (options.user) all.user = { ...options.user, id: bytes(options.user.id) };
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    if (options[list]) all[list] = options[list].map((one) => ({ ...one, id: bytes(one.id) }));
  }
  return all;
}

function written(credential) {
  const { response } = credential;
  const answer = { clientDataJSON: text(response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[part]) answer[part] = text(response[part]);
  }
  if (response.getTransports) answer.transports = response.getTransports();
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: answer,
  };
}

class Refused extends Error {}

async function send(form, address, body) {
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const response = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body),
  });
  if (response.redirected) {
    window.location.assign(response.url); // something else is asked for first
    return new Promise(() => {});
  }
  if (!response.headers.get("Content-Type").startsWith("application/json")) throw new Refused(unexpected);
  const answer = await response.json();
  if (answer.problem) throw new Refused(answer.problem);
  return answer;
}

async function run(form) {
  const options = { publicKey: readable(await send(form, form.dataset.begin, {})) };
  const isNew = form.dataset.passkey === "make";
  const credential = await (isNew ? navigator.credentials.create(options) : navigator.credentials.get(options));
  const answer = await send(form, form.dataset.end, written(credential));
  window.location.assign(answer.go_to);
}

async function pressed(event) {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  const problem = form.querySelector("[data-passkey-problem]");
  problem.hidden = true;
  button.disabled = true;
  try {
    await run(form);
  } catch (error) {
    problem.textContent = error instanceof Refused ? error.message : words[error.name] || unexpected;
    problem.hidden = false;
    button.disabled = false;
    button.focus();
  }
}

if (window.PublicKeyCredential && navigator.credentials) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.addEventListener("submit", pressed);
    form.hidden = false;
  }
  for (const words of document.querySelectorAll("[data-passkey-missing]")) words.hidden = true;
}
