import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { RaptorFlowError } from 'raptorflow/kernel';
import { textOption, type Command } from '../command.ts';
import { withConnection } from '../connection.ts';

const formats = ['auto', 'stix', 'kev'] as const;
/** A server stores some thousand items a second. */
const ingestMsMax = 30 * 60_000;

/** `raptorflow ingest threats`. */
export const ingestThreats: Command = {
  name: 'ingest threats',
  summary:
    'Store the signals of a STIX 2.1 bundle or of the catalogue of known exploited vulnerabilities. A file that is given again changes nothing, and one that was cut off goes on. Uses the server that runs on the data directory, else its own.',
  operands: 'FILE',
  operandCount: [1, 1],
  options: {
    format: {
      type: 'string',
      value: 'FORMAT',
      choices: formats,
      help: 'stix or kev (default auto: by the beginning of the file).',
    },
  },
  async run(invocation) {
    const { output, environment, signal } = invocation;
    const [operand = ''] = invocation.positionals;
    const path = resolve(environment.workingDirectory, operand);
    const format = formatOf(textOption(invocation, 'format'));
    const bytes = sizeOf(path);
    await withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      output.progress(`Ingesting ${operand} (${(bytes / 1e6).toFixed(1)} MB) …`);
      // A blob of a file is read as it is sent.
      const report = await client.signals.ingest({
        body: await openAsBlob(path),
        // The document's hash is its name: given again after a crash, it goes on where it was.
        query: { format, name: await hashOf(path) },
        signal,
        timeoutMs: ingestMsMax,
      });
      output.endProgress();
      output.result(report);
      output.line(
        `${report.read} items of ${report.format === 'stix' ? 'a STIX bundle' : 'the catalogue'}: ${report.ingested} ingested, ${report.skipped} skipped, ${report.failed} failed`,
      );
      for (const [reason, count] of Object.entries(report.skips))
        output.line(`  ${count} skipped: ${reason}`);
      if (report.failed > 0) {
        output.line(
          output.tone(
            'warning',
            '  Those that failed are dead letters: raptorflow dlq list --channel pipeline.failed',
          ),
        );
      }
    });
  },
};

function formatOf(given: string | undefined): (typeof formats)[number] {
  const format = formats.find((each) => each === (given ?? 'auto'));
  if (format) return format;
  throw new RaptorFlowError('invalid_input', `There is no format "${given}"; use ${formats.join(', ')}.`);
}

function sizeOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() === true) return found.size;
  throw new RaptorFlowError('not_found', `There is no file ${path}.`);
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('base64url');
}
