import { RaptorFlowError, toRaptorFlowError, type Clock } from 'raptorflow/kernel';
import { z } from 'zod';
import { askIssuer, type IssuerExecutor } from './issuer-http.ts';

/** What an OpenID provider says about itself (OpenID Connect Discovery 1.0, section 3). */
export interface Discovery {
  readonly keysUrl: string;
  readonly authorizationUrl: string | undefined;
  readonly tokenUrl: string | undefined;
  /** Whether the client's secret goes into the form instead of the header. */
  readonly secretInForm: boolean;
  /** The asymmetric algorithms that it says it signs with; all of ours where it says nothing. */
  readonly algorithms: readonly string[];
}

/** What asymmetric signatures may be made with. A symmetric one could be forged with a public key, and none at all by anybody. */
export const asymmetricAlgorithms: readonly string[] = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
];

const documentSchema = z.looseObject({
  issuer: z.string(),
  jwks_uri: z.url(),
  authorization_endpoint: z.url().optional(),
  token_endpoint: z.url().optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
  id_token_signing_alg_values_supported: z.array(z.string()).optional(),
});

const freshMs = 60 * 60 * 1_000;
/** After a failure the issuer is left alone for so long. */
const failureCoolDownMs = 5_000;

/**
 * Reads an issuer's discovery document, and keeps it for an hour; one that cannot be read again stays. The function throws `unavailable` when there
 * is none, and when it speaks for another issuer.
 */
export function createDiscovery(
  issuer: string,
  deps: { readonly executor: IssuerExecutor; readonly clock: Clock },
): () => Promise<Discovery> {
  let kept: { readonly document: Discovery; readonly at: number } | undefined;
  let reading: Promise<Discovery> | undefined;
  let failure: RaptorFlowError | undefined;
  let quietUntil = Number.NEGATIVE_INFINITY;
  const read = async (): Promise<Discovery> => {
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const { status, body } = await askIssuer(deps.executor, {
      operation: 'identity.discovery',
      issuer,
      url,
      repeatable: true,
    });
    const document = toDiscovery(issuer, url, status, body);
    kept = { document, at: deps.clock.monotonic() };
    return document;
  };
  return async () => {
    const now = deps.clock.monotonic();
    if (kept && now - kept.at < freshMs) return kept.document;
    if (!reading && failure && now < quietUntil) {
      if (kept) return kept.document;
      throw failure;
    }
    reading ??= read()
      .catch((error: unknown) => {
        failure = toRaptorFlowError(error, 'unavailable');
        quietUntil = deps.clock.monotonic() + failureCoolDownMs;
        throw error;
      })
      .finally(() => (reading = undefined));
    const old = kept;
    return old ? reading.catch(() => old.document) : reading;
  };
}

function toDiscovery(issuer: string, url: string, status: number, body: unknown): Discovery {
  const parsed = documentSchema.safeParse(body);
  if (status !== 200 || !parsed.success) {
    throw misconfigured(
      `${url} is no discovery document (status ${status}); check OIDC_ISSUER, which is the issuer's address without /.well-known.`,
    );
  }
  const document = parsed.data;
  // Whoever answers here for another issuer could speak for all of its users.
  if (document.issuer !== issuer) {
    throw misconfigured(
      `${url} speaks for the issuer "${document.issuer}" and not for "${issuer}"; set OIDC_ISSUER to exactly what it calls itself.`,
    );
  }
  for (const address of [document.jwks_uri, document.authorization_endpoint, document.token_endpoint]) {
    if (address !== undefined && issuer.startsWith('https:') && !address.startsWith('https:')) {
      throw misconfigured(`${url} names ${address}, which is not encrypted although the issuer is.`);
    }
  }
  const methods = document.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  const named = document.id_token_signing_alg_values_supported;
  return {
    keysUrl: document.jwks_uri,
    authorizationUrl: document.authorization_endpoint,
    tokenUrl: document.token_endpoint,
    secretInForm: !methods.includes('client_secret_basic'),
    algorithms: asymmetricAlgorithms.filter((each) => named === undefined || named.includes(each)),
  };
}

function misconfigured(message: string): RaptorFlowError {
  return new RaptorFlowError('unavailable', message, { retryable: false });
}
