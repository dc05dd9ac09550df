import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCampaignFolder, readSampleCampaigns } from './campaign-folder.ts';

const brief = `name: Kettle launch
product: Kettle
positioning: A kettle that does not whistle.
budget_usd: 12.5
deadline: 2027-01-31
documents:
  - notes.md
`;

let root = '';
let folder = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-folder-'));
  folder = join(root, 'kettle');
  mkdirSync(folder);
  writeFileSync(join(folder, 'brief.yaml'), brief);
  writeFileSync(join(folder, 'notes.md'), '# Kettle notes\n\nIt boils in 90 seconds.\n');
});
afterEach(() => rmSync(root, { recursive: true }));

describe('readCampaignFolder', () => {
  it('reads brief and documents, from the folder or from its brief', () => {
    const read = readCampaignFolder(folder);
    expect(read).toMatchObject({
      name: 'kettle',
      brief: { name: 'Kettle launch', budget_usd: '12.500000', deadline: '2027-01-31', approval: 'manual' },
      documents: [{ title: 'Kettle notes', mediaType: 'text/markdown' }],
    });
    expect(read.brief).not.toHaveProperty('documents');
    expect(readCampaignFolder(join(folder, 'brief.yaml'))).toEqual(read);
  });

  it('calls an HTML document by its title, and one without a title by its file name', () => {
    writeFileSync(join(folder, 'a.html'), '<html><head><title> Prices </title></head></html>');
    writeFileSync(join(folder, 'b.csv'), 'a,b\n1,2\n');
    writeFileSync(join(folder, 'brief.yaml'), `${brief}  - a.html\n  - b.csv\n`);
    const titles = readCampaignFolder(folder).documents.map((document) => document.title);
    expect(titles).toEqual(['Kettle notes', 'Prices', 'b.csv']);
  });

  const spoilt: readonly (readonly [what: string, code: string, says: RegExp, spoil: () => void])[] = [
    ['a folder without a brief', 'not_found', /brief\.yaml/, () => rmSync(join(folder, 'brief.yaml'))],
    ['no documents', 'invalid_input', /documents:/, () => write(brief.split('documents')[0]!)],
    ['a misspelt field', 'invalid_input', /chanels/, () => write(`${brief}chanels: [x]\n`)],
    ['a missing field', 'invalid_input', /product/, () => write(brief.replace('product: Kettle\n', ''))],
    ['a missing document', 'not_found', /notes\.md/, () => rmSync(join(folder, 'notes.md'))],
    [
      'a path out of the folder',
      'invalid_input',
      /inside the folder/,
      () => write(brief.replace('notes', '../notes')),
    ],
    [
      'an absolute path',
      'invalid_input',
      /inside the folder/,
      () => write(brief.replace('notes', '/etc/notes')),
    ],
    [
      'an unknown kind of document',
      'invalid_input',
      /\.md/,
      () => {
        writeFileSync(join(folder, 'logo.png'), 'x');
        write(brief.replace('notes.md', 'logo.png'));
      },
    ],
    [
      'a document that is no UTF-8',
      'malformed_input',
      /UTF-8/,
      () => writeFileSync(join(folder, 'notes.md'), Buffer.from([0xff, 0xfe])),
    ],
    [
      'a link out of the folder',
      'invalid_input',
      /outside the folder/,
      () => {
        writeFileSync(join(root, 'secret.md'), '# Secret');
        rmSync(join(folder, 'notes.md'));
        symlinkSync(join(root, 'secret.md'), join(folder, 'notes.md'));
      },
    ],
  ];
  const write = (text: string): void => writeFileSync(join(folder, 'brief.yaml'), text);

  it.for(spoilt)('refuses %s', ([, code, says, spoil]) => {
    spoil();
    expect(() => readCampaignFolder(folder)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(says) }),
    );
  });
});

describe('readSampleCampaigns', () => {
  it('reads every campaign that ships with the program', () => {
    const samples = readSampleCampaigns();
    expect(samples.size).toBeGreaterThanOrEqual(2);
    for (const [name, sample] of samples) {
      expect(sample.name).toBe(name);
      expect(sample.documents.length).toBeGreaterThan(3);
    }
  });
});
