import { type Random } from 'raptorflow/kernel';
import type { WorkspaceRole } from './role.ts';
import { newSecret } from './secret.ts';

/** The roles that a key may have: nobody's key owns a workspace. */
export type KeyRole = Exclude<WorkspaceRole, 'owner'>;

/** The roles of keys, from most to least. */
export const keyRoles: readonly KeyRole[] = ['admin', 'member', 'viewer'];

/** What a key is narrowed to: `read` – reading alone; `dispatch` – calls of models alone. With both, either. */
export type ApiKeyScope = 'dispatch' | 'read';

/** The scopes of keys. */
export const apiKeyScopes: readonly ApiKeyScope[] = ['dispatch', 'read'];

/** A key as its workspace sees it; the secret is shown once, when it is made. Times are epoch milliseconds. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** What the key begins with, to know it by: `rf_` and twelve characters. */
  readonly prefix: string;
  readonly role: KeyRole;
  readonly scopes: readonly ApiKeyScope[];
  /** The user it acts as: it may never do more than they may, and ends with their membership. */
  readonly createdBy: string;
  readonly createdAt: number;
  /** Null: it does not expire. */
  readonly expiresAt: number | null;
  /** To the minute. */
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

/** The two parts of a key's text. */
export interface KeyParts {
  readonly prefix: string;
  readonly secret: string;
}

const lead = 'rf_';
const prefixBytes = 6;
const form = /^(rf_[0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/** Whether this is meant to be an API key; no token of another kind begins so. */
export function looksLikeApiKey(token: string): boolean {
  return token.startsWith(lead);
}

/** A new key: 256 random bits behind a prefix that may be shown. */
export function newApiKey(random: Random): KeyParts & { readonly text: string } {
  const prefix = lead + Buffer.from(random.bytes(prefixBytes)).toString('hex');
  const secret = newSecret(random);
  return { prefix, secret, text: `${prefix}_${secret}` };
}

/** The parts of `rf_<prefix>_<secret>`; undefined for anything else. */
export function readApiKey(text: string): KeyParts | undefined {
  const match = form.exec(text);
  return match?.[1] === undefined || match[2] === undefined
    ? undefined
    : { prefix: match[1], secret: match[2] };
}
