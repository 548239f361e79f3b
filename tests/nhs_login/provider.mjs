// An OpenID provider as NHS login is one: private_key_jwt with RS512, vtr, claims at P9. Run as: node provider.mjs CONFIG
// CONFIG is a JSON file: port, issuer, keys (private, to sign with), clientKeys (public), redirects (a file that lists
// what may be redirected to, read each time), people (a file of claims by subject, read each time).
import fs from 'node:fs';
import http from 'node:http';
import { Provider } from 'oidc-provider';

const config = JSON.parse(fs.readFileSync(process.argv[2]));
const readAnew = (file) => JSON.parse(fs.readFileSync(file));
const client = (id) => ({
  client_id: id,
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: 'RS512',
  id_token_signed_response_alg: 'RS512',
  redirect_uris: ['http://localhost/replaced-below'],
  grant_types: ['authorization_code'],
  response_types: ['code'],
  jwks: { keys: config.clientKeys },
});
const all = ['openid', 'profile', 'profile_extended', 'gp_registration_details'];

const provider = new Provider(config.issuer, {
  clients: [client('gp-record'), client('gp-record-without-pkce')],
  jwks: { keys: config.keys },
  scopes: all,
  claims: {
    openid: ['sub', 'vot', 'vtm'],
    profile: ['nhs_number', 'birthdate', 'family_name', 'identity_proofing_level'],
    profile_extended: ['given_name'],
    gp_registration_details: ['gp_registration_details'],
  },
  conformIdTokenClaims: false,
  extraParams: ['vtr'],
  enabledJWA: { clientAuthSigningAlgValues: ['RS512'], idTokenSigningAlgValues: ['RS512'] },
  pkce: { required: (ctx, one) => one.clientId === 'gp-record' },
  ttl: { AuthorizationCode: 600, IdToken: 3600, AccessToken: 300, Interaction: 600, Session: 600, Grant: 600 },
  features: { devInteractions: { enabled: false } },
  cookies: { keys: ['for tests only'] },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  async findAccount(ctx, sub) {
    return { accountId: sub, claims: () => ({ sub, ...readAnew(config.people)[sub] }) };
  },
  // who chose a person below has agreed to share everything
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope(all.join(' '));
    await grant.save();
    return grant;
  },
});
provider.Client.prototype.redirectUriAllowed = (uri) => readAnew(config.redirects).includes(uri);

const page = (vtr) => `<!doctype html><html lang="en"><head><title>OpenID provider of the tests</title></head><body><main>
<h1>OpenID provider of the tests</h1><p>Asked for: ${vtr.replace(/[^\w.",[\]]/g, '')}</p><form method="post">
${Object.keys(readAnew(config.people)).map((sub) => `<p><button name="person" value="${sub}">Share as ${sub}</button></p>`).join('')}
<p><button name="person" value="">Do not share</button></p></form></main></body></html>`;

async function interact(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    return response.end(page(params.vtr || ''));
  }
  let body = '';
  for await (const piece of request) body += piece;
  const person = new URLSearchParams(body).get('person');
  const refusal = { error: 'access_denied', error_description: 'ConsentNotGiven' };
  return provider.interactionFinished(request, response, person ? { login: { accountId: person } } : refusal);
}

const answer = provider.callback();
http
  .createServer((request, response) => {
    if (!request.url.startsWith('/interaction/')) return answer(request, response);
    return interact(request, response).catch((error) => response.writeHead(500).end(error.message));
  })
  .listen(config.port, '127.0.0.1', () => console.log('ready'));
provider.on('server_error', (ctx, error) => console.error(error));
