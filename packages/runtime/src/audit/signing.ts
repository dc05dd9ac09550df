import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { RaptorFlowError } from 'raptorflow/kernel';
import { canonicalJson } from './canonical-json.ts';

/** Where a chain ends, signed. Whoever keeps one can later show that nothing up to there has changed. */
export interface SignedHead {
  readonly workspaceId: string;
  /** Of the last row. */
  readonly sequence: number;
  /** Of the last row. */
  readonly hash: string;
  /** Epoch milliseconds. */
  readonly signedAtMs: number;
  readonly keyId: string;
  /** Ed25519, base64url. */
  readonly signature: string;
}

/** A public key that signs heads, or once did. */
export interface AuditPublicKey {
  /** `ed25519:` and the first 128 bits of the SHA-256 of the key, base64url. */
  readonly keyId: string;
  /** SubjectPublicKeyInfo (DER), base64. */
  readonly publicKey: string;
  /** The later key that vouches for it; null for the present one. */
  readonly endorsedBy: string | null;
  /** That key's signature. */
  readonly endorsement: string | null;
}

/** Signs with the key of this installation. */
export interface AuditSigner {
  readonly publicKey: AuditPublicKey;
  sign(head: Omit<SignedHead, 'keyId' | 'signature'>): SignedHead;
  /** Vouches for a key that this one replaces. */
  endorse(key: AuditPublicKey): AuditPublicKey;
}

/** Reads a private key: PKCS #8, as PEM or as base64 of its DER. Throws `invalid_configuration`. */
export function createAuditSigner(privateKey: string): AuditSigner {
  const key = readPrivateKey(privateKey);
  const publicKey = describePublicKey(createPublicKey(key));
  const signText = (text: string): string => sign(null, Buffer.from(text), key).toString('base64url');
  return {
    publicKey,
    sign: (head) => {
      const named = { ...head, keyId: publicKey.keyId };
      return { ...named, signature: signText(headText(named)) };
    },
    endorse: (old) => {
      const endorsement = signText(endorsementText(old, publicKey.keyId));
      return { ...old, endorsedBy: publicKey.keyId, endorsement };
    },
  };
}

function readPrivateKey(text: string): KeyObject {
  try {
    const key = text.includes('-----BEGIN')
      ? createPrivateKey(text.replaceAll('\\n', '\n'))
      : createPrivateKey({ key: Buffer.from(text.trim(), 'base64'), format: 'der', type: 'pkcs8' });
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // The cause would show parts of the key.
  }
  throw new RaptorFlowError(
    'invalid_configuration',
    'The signing key of the audit log is no Ed25519 private key; make one with: openssl genpkey -algorithm ed25519 -outform DER | base64 -w0',
  );
}

function describePublicKey(key: KeyObject): AuditPublicKey {
  const der = key.export({ format: 'der', type: 'spki' });
  return { keyId: keyIdOf(der), publicKey: der.toString('base64'), endorsedBy: null, endorsement: null };
}

function keyIdOf(der: Uint8Array): string {
  return `ed25519:${createHash('sha256').update(der).digest().subarray(0, 16).toString('base64url')}`;
}

/** Whether a head bears the signature of this key. */
export function isSignedBy(head: SignedHead, key: AuditPublicKey): boolean {
  return head.keyId === key.keyId && isSignature(headText(head), head.signature, key);
}

/**
 * Of some keys, those that can be trusted when `root` is: itself, and every key that a trusted one vouches for. A key whose id
 * is not its own is left out, so nobody can put another key in the place of a known one.
 */
export function trustedKeys(
  root: string,
  keys: readonly AuditPublicKey[],
): ReadonlyMap<string, AuditPublicKey> {
  const sound = keys.filter((key) => keyIdOf(Buffer.from(key.publicKey, 'base64')) === key.keyId);
  const trusted = new Map<string, AuditPublicKey>();
  const wanted = [root];
  for (const keyId of wanted) {
    const key = sound.find((each) => each.keyId === keyId);
    if (key === undefined || trusted.has(keyId)) continue;
    trusted.set(keyId, key);
    wanted.push(...sound.filter((old) => isEndorsedBy(old, key)).map((old) => old.keyId));
  }
  return trusted;
}

function isEndorsedBy(old: AuditPublicKey, key: AuditPublicKey): boolean {
  if (old.endorsedBy !== key.keyId || old.endorsement === null) return false;
  return isSignature(endorsementText(old, key.keyId), old.endorsement, key);
}

function isSignature(text: string, signature: string, { publicKey }: AuditPublicKey): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'));
  } catch {
    // What is no key has signed nothing.
    return false;
  }
}

// The first line says what is signed, so that a signature cannot be passed off as one of something else.
function headText({ workspaceId, sequence, hash, signedAtMs, keyId }: Omit<SignedHead, 'signature'>): string {
  const head = { workspace_id: workspaceId, sequence, hash, signed_at: isoOf(signedAtMs), key_id: keyId };
  return `raptorflow audit head 1\n${canonicalJson(head)}`;
}

function endorsementText({ keyId, publicKey }: AuditPublicKey, by: string): string {
  return `raptorflow audit key 1\n${canonicalJson({ key_id: keyId, public_key: publicKey, endorsed_by: by })}`;
}

function isoOf(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
