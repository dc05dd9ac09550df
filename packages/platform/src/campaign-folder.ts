/** Campaigns as folders: a `brief.yaml` and the documents that it names. The command line runs them, the samples ship as them. */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CampaignBriefInput } from '@raptorflow/contract';
import { briefToFields, parseBrief, type CampaignBrief } from '@raptorflow/society';
import { formatUsd } from '@raptorflow/runtime';
import { RaptorFlowError } from 'raptorflow/kernel';

/** A document of a folder, read. */
export interface FolderDocument {
  readonly title: string;
  readonly mediaType: 'text/markdown' | 'text/plain' | 'text/html' | 'text/csv';
  readonly text: string;
}

/** A campaign read from a folder. */
export interface CampaignFolder {
  /** The folder's name. */
  readonly name: string;
  readonly brief: CampaignBriefInput;
  readonly documents: readonly FolderDocument[];
}

const mediaTypes: Readonly<Record<string, FolderDocument['mediaType']>> = {
  '.md': 'text/markdown',
  '.markdown': 'text/markdown',
  '.txt': 'text/plain',
  '.html': 'text/html',
  '.htm': 'text/html',
  '.csv': 'text/csv',
};
/** One document may be this large; the server's own limit is the same. */
const documentBytesMax = 5_000_000;

/**
 * Reads a campaign from its folder, or from the path of its `brief.yaml`. Throws `not_found`, `malformed_input` or
 * `invalid_input` with the path and what to do; nothing is stored.
 */
export function readCampaignFolder(path: string): CampaignFolder {
  if (!existsSync(path)) {
    throw new RaptorFlowError(
      'not_found',
      `There is no ${path}. Give a folder with brief.yaml, such as examples/campaigns/kilnwatch.`,
    );
  }
  const briefPath = statSync(path).isDirectory() ? join(path, 'brief.yaml') : path;
  if (!existsSync(briefPath)) {
    throw new RaptorFlowError(
      'not_found',
      `${path} has no brief.yaml. Write one with at least name, product and positioning.`,
    );
  }
  const brief = parseBrief(readText(briefPath));
  const folder = realpathSync(dirname(briefPath));
  if (brief.documents.length === 0) {
    throw new RaptorFlowError(
      'invalid_input',
      `${briefPath} names no documents; list their paths under "documents:", the research works from them.`,
    );
  }
  return {
    name: basename(folder),
    brief: briefToWire(brief),
    documents: brief.documents.map((document) => readFolderDocument(folder, document)),
  };
}

function readFolderDocument(folder: string, path: string): FolderDocument {
  const full = join(folder, path);
  if (!existsSync(full) || !statSync(full).isFile()) {
    throw new RaptorFlowError(
      'not_found',
      `The brief names the document ${path}, and there is no such file in ${folder}.`,
    );
  }
  // A link must not lead out of the folder: what it names would be stored and quoted.
  if (!realpathSync(full).startsWith(`${folder}${sep}`)) {
    throw new RaptorFlowError(
      'invalid_input',
      `The document ${path} lies outside the folder of the brief; copy it into the folder.`,
    );
  }
  const mediaType = mediaTypes[extname(path).toLowerCase()];
  if (mediaType === undefined) {
    throw new RaptorFlowError(
      'invalid_input',
      `The document ${path} is of a kind that cannot be read; use ${Object.keys(mediaTypes).join(', ')}.`,
    );
  }
  const text = readText(full);
  return { title: titleOf(text, mediaType) ?? basename(path), mediaType, text };
}

function readText(path: string): string {
  const { size } = statSync(path);
  if (size > documentBytesMax) {
    throw new RaptorFlowError(
      'invalid_input',
      `${path} has ${size} bytes; at most ${documentBytesMax} are read. Split it.`,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (cause) {
    throw new RaptorFlowError('malformed_input', `${path} is not UTF-8 text; save it as UTF-8.`, { cause });
  }
}

function titleOf(text: string, mediaType: FolderDocument['mediaType']): string | undefined {
  const pattern =
    mediaType === 'text/html'
      ? /<title>([^<]{1,200})<\/title>/i
      : mediaType === 'text/markdown'
        ? /^#\s+(.{1,200})$/m
        : undefined;
  return pattern?.exec(text)?.[1]?.trim();
}

/** A brief in the words of the wire; its documents travel by their ids, beside it. */
export function briefToWire(brief: CampaignBrief): CampaignBriefInput {
  const { documents: _paths, budget_usd: budgetUsd, deadline, ...fields } = briefToFields(brief);
  return {
    ...fields,
    ...(budgetUsd === null ? {} : { budget_usd: formatUsd(Math.round(budgetUsd * 1_000_000)) }),
    ...(deadline === null ? {} : { deadline }),
  };
}

/** The sample that a newcomer is offered first: about an open-source product, as this one is. */
const firstSample = 'kilnwatch';

/** The campaigns that ship with the program, by name; the one for newcomers first. */
export function readSampleCampaigns(): ReadonlyMap<string, CampaignFolder> {
  const root = fileURLToPath(new URL('../../../examples/campaigns', import.meta.url));
  if (!existsSync(root)) return new Map();
  const names = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const order = names.toSorted((left, right) =>
    left === firstSample ? -1 : right === firstSample ? 1 : left.localeCompare(right),
  );
  return new Map(order.map((name) => [name, readCampaignFolder(join(root, name))]));
}
