/** Asks two addresses that only a proxy knows, and prints what came: a status, or the code of the failure. */
import { createProviderFetch } from '../http.ts';

const fetch = createProviderFetch();
const answers: Record<string, unknown> = {};
for (const url of ['http://models.test/v1', 'http://inside.test/v1']) {
  answers[url] = await fetch(url, { method: 'POST', headers: {}, body: '{}' }).then(
    (response) => response.status,
    (error: unknown) => (error as NodeJS.ErrnoException).code,
  );
}
process.stdout.write(JSON.stringify(answers));
