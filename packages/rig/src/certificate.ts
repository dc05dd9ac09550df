import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate for localhost, signed by itself. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  /** The certificate in PEM, which clients take as their authority. */
  readonly pem: string;
  remove(): void;
}

/** Makes a certificate with openssl, good for a day. */
export function makeCertificate(): Certificate {
  const directory = mkdtempSync(join(tmpdir(), 'raptorflow-tls-'));
  const [certFile, keyFile] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  const request =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost';
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', keyFile, '-out', certFile];
  execFileSync('openssl', [...request.split(' '), ...names, ...files], { stdio: 'ignore' });
  return {
    certFile,
    keyFile,
    pem: readFileSync(certFile, 'utf8'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
