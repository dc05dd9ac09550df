import { createHash, timingSafeEqual } from 'node:crypto';
import type { Random } from 'raptorflow/kernel';

const secretBytes = 32;

/** 256 random bits, as 43 characters that need no escaping in an address. */
export function newSecret(random: Random): string {
  return Buffer.from(random.bytes(secretBytes)).toString('base64url');
}

/**
 * The form in which a secret is stored, so that whoever reads the table can not use it. A plain SHA-256 serves: nobody finds 256 random
 * bits by trying, so nothing has to slow the trying down.
 */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Whether a secret is the one with this hash; takes as long for a near miss as for a far one. */
export function matchesHash(secret: string, hash: string): boolean {
  const [given, stored] = [Buffer.from(secretHash(secret)), Buffer.from(hash)];
  return given.length === stored.length && timingSafeEqual(given, stored);
}
