/** What the environment says about the audit log: the key that signs it, and what the settings are, so that a change shows. */
import { createHmac, generateKeyPairSync, hkdfSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from 'raptorflow/storage';

/** The variables that matter here. */
interface AuditValues {
  readonly AUDIT_SIGNING_KEY?: string | undefined;
  readonly DATABASE_URL?: string | undefined;
}

/** How an installation signs its audit log. */
export interface AuditConfig {
  /** An Ed25519 private key: PKCS #8, PEM or base64. */
  readonly signingKey: string;
  /**
   * Every setting with a fingerprint of its value, by name. Without the secret key nobody learns a value from it, nor tries
   * guesses.
   */
  readonly settings: readonly (readonly [name: string, fingerprint: string])[];
}

/** What precedes 32 bytes of an Ed25519 seed to make them PKCS #8, RFC 8410. */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');
const keyFile = 'audit-key';
const fingerprintLength = 12;

/** What is wrong with the key's absence in production: several processes have to sign with one. */
export function auditKeyProblem(values: AuditValues): string | undefined {
  if (values.AUDIT_SIGNING_KEY !== undefined || values.DATABASE_URL === undefined) return undefined;
  return 'AUDIT_SIGNING_KEY must be set in production beside DATABASE_URL (make one with: openssl genpkey -algorithm ed25519 -outform DER | base64 -w0)';
}

/**
 * Reads the key. Without a variable it is a file of the data directory where rows lie there too, made when it is missing (0600);
 * beside PostgreSQL it follows from the secret key, which all processes have.
 */
export function readAuditConfig(
  values: AuditValues,
  { home, secretKey }: { readonly home: string; readonly secretKey: string },
): AuditConfig {
  const own = values.DATABASE_URL === undefined ? () => readOrMakeKey(home) : () => derivedKey(secretKey);
  return {
    signingKey: values.AUDIT_SIGNING_KEY ?? own(),
    settings: Object.entries(values)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, fingerprintOf(secretKey, name, value)] as const),
  };
}

function fingerprintOf(secretKey: string, name: string, value: unknown): string {
  const key = hkdfSync('sha256', secretKey, '', 'raptorflow audit settings', 32);
  return createHmac('sha256', new Uint8Array(key))
    .update(JSON.stringify([name, value ?? null]))
    .digest('base64url')
    .slice(0, fingerprintLength);
}

function derivedKey(secretKey: string): string {
  const seed = hkdfSync('sha256', secretKey, '', 'raptorflow audit signing key', 32);
  return Buffer.concat([pkcs8Head, new Uint8Array(seed)]).toString('base64');
}

function readOrMakeKey(home: string): string {
  const path = join(home, keyFile);
  if (existsSync(path)) return readFileSync(path, 'utf8');
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
  makeDirectory(home);
  try {
    writeFileSync(path, pem, { mode: 0o600, flag: 'wx' });
    return pem;
  } catch (error) {
    // Another process of this directory, started at the same moment, was faster.
    if (existsSync(path)) return readFileSync(path, 'utf8');
    throw error;
  }
}
