import { isRaptorFlowError, type RaptorFlowError } from 'raptorflow/kernel';
import { describe, expect, it } from 'vitest';
import { briefLimits, briefToFields, checkBrief, parseBrief } from './brief.ts';

const minimal = 'name: Launch\nproduct: Kiln\npositioning: The monitor you run yourself.\n';

function refusal(read: () => unknown): RaptorFlowError {
  try {
    read();
  } catch (error) {
    if (isRaptorFlowError(error)) return error;
    throw error;
  }
  return expect.fail('The brief was accepted.');
}

const issuesOf = (yaml: string): unknown => refusal(() => parseBrief(yaml)).details['issues'];

describe('a brief', () => {
  it('needs a name, a product and a positioning, and gets defaults for the rest', () => {
    expect(parseBrief(minimal)).toEqual({
      name: 'Launch',
      product: 'Kiln',
      positioning: 'The monitor you run yourself.',
      personas: [],
      goals: [],
      channels: ['linkedin', 'email', 'blog'],
      budgetUsd: null,
      deadline: null,
      approval: 'manual',
      questions: [],
      competitors: [],
      documents: [],
      language: 'en',
    });
  });

  it('reads every field', () => {
    const brief = parseBrief(`${minimal}
personas:
  - name: Priya
    role: Engineer
    pains: [woken at night]
goals: ["1,500 installations"]
channels: [Twitter, x, e-mail]
budget_usd: 4000
deadline: 2027-03-31
approval: automatic
questions: [How much does it cost?]
competitors: [PingHarbor]
documents: [documents/a.md]
language: pt-BR
`);
    expect(brief).toMatchObject({
      channels: ['x', 'email'],
      budgetUsd: 4000,
      deadline: '2027-03-31',
      approval: 'automatic',
      personas: [{ name: 'Priya', role: 'Engineer', pains: ['woken at night'] }],
      language: 'pt-BR',
    });
  });

  it('survives its own wire form', () => {
    const brief = parseBrief(`${minimal}budget_usd: 10.5\n`);
    expect(checkBrief(briefToFields(brief))).toEqual(brief);
  });

  it('lists every issue with its path and what to do', () => {
    expect(
      issuesOf(`name: ""
product: 12
positioning: p
channels: [fax]
budget_usd: many
deadline: next spring
approval: sometimes
personas:
  - name: A
    role: B
    age: 40
documents: [../../etc/passwd]
budgets: 5
`),
    ).toEqual([
      { path: 'name', message: 'Write the name; it is empty.' },
      { path: 'product', message: 'Write the product as text.' },
      { path: 'personas[0].age', message: 'There is no such field. A persona has name, role and pains.' },
      { path: 'channels[0]', message: expect.stringContaining('linkedin') },
      { path: 'budget_usd', message: 'Write the budget in US dollars as a number, for example 4000.' },
      { path: 'deadline', message: 'Write the deadline as a day, for example 2027-03-31.' },
      { path: 'approval', message: 'Write "automatic" or "manual".' },
      { path: 'documents[0]', message: expect.stringContaining('inside the folder') },
      { path: 'budgets', message: expect.stringContaining('The fields are') },
    ]);
  });

  it('names the field that a misspelt one means', () => {
    expect(issuesOf(`${minimal}goal: x\n`)).toEqual([
      { path: 'goal', message: 'There is no such field; write "goals".' },
    ]);
  });

  it('refuses documents outside its folder, absolute or with a drive', () => {
    for (const path of ['/etc/passwd', 'C:\\x', 'a/../../b', '..\\x']) {
      expect(issuesOf(`${minimal}documents: ['${path}']\n`)).toHaveLength(1);
    }
    expect(parseBrief(`${minimal}documents: ['a/b..c.md']\n`).documents).toEqual(['a/b..c.md']);
  });

  it('says where YAML is broken', () => {
    const error = refusal(() => parseBrief('name: Launch\nproduct: "Kiln\n'));
    expect(error.code).toBe('malformed_input');
    expect(error.message).toMatch(/line \d+, column \d+/u);
  });

  it('refuses what is no mapping, what is too large, and a bomb of aliases', () => {
    expect(refusal(() => parseBrief('- a\n- b\n')).code).toBe('invalid_input');
    expect(refusal(() => parseBrief('just text')).message).toContain('product');
    expect(refusal(() => parseBrief(`name: ${'x'.repeat(briefLimits.briefBytesMax)}`)).code).toBe(
      'malformed_input',
    );
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n`;
    expect(refusal(() => parseBrief(bomb)).code).toMatch(/malformed_input|invalid_input/u);
  });

  it('refuses a negative budget and an impossible day', () => {
    expect(issuesOf(`${minimal}budget_usd: -1\n`)).toHaveLength(1);
    expect(issuesOf(`${minimal}deadline: 2027-02-30\n`)).toHaveLength(1);
  });
});
