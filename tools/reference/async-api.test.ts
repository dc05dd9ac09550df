import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { asyncApiPath, renderAsyncApi } from './async-api.ts';

const root = new URL('../../', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string };

it('stands in the reference as the code says; "npm run asyncapi" writes it', () => {
  const page = new URL(asyncApiPath, root);
  const written = existsSync(page) ? readFileSync(page, 'utf8') : '';
  expect(written === renderAsyncApi(version), `${asyncApiPath} is out of date: npm run asyncapi`).toBe(true);
});

it('knows where a command to a guild goes, although a function decides it', () => {
  const document = JSON.parse(renderAsyncApi(version)) as { channels: Record<string, { messages: object }> };
  for (const guild of ['research', 'muse', 'matrix', 'guardians']) {
    expect(document.channels[`sys.guild.${guild}.broadcast`]?.messages).toHaveProperty(['lord_command.v1']);
  }
});
