import type { Rule, Violation } from '../rule.ts';
import { dottedName } from '../source.ts';
import type { SourceFile } from '../source.ts';

const testName = /^(?:describe|it|test|suite)$/;
const modifiers = new Set(['skip', 'only', 'todo', 'skipIf', 'runIf']);

/** Every test runs: none is skipped, left to be written, or run alone. */
export const everyTestRunsRule: Rule = {
  name: 'every-test-runs',
  check: (tree) => tree.sources.flatMap((source) => [...modified(source), ...optedOut(source)]),
};

function modified(source: SourceFile): Violation[] {
  return [...source.nodes('MemberExpression'), ...source.nodes('Identifier')].flatMap((node) => {
    const parts = (dottedName(node) ?? '').split('.');
    const [first = '', ...rest] = parts;
    const word =
      node.type === 'Identifier'
        ? (/^x(?:it|test|describe)$/.exec(node.name)?.[0] ?? null)
        : (rest.at(-1) ?? null);
    if (word === null) return [];
    if (node.type === 'MemberExpression' && !(testName.test(first) && modifiers.has(word))) return [];
    return [violation(source, node.start, parts.join('.'))];
  });
}

/** `it('…', { skip: true }, …)`. */
function optedOut(source: SourceFile): Violation[] {
  return source.nodes('CallExpression').flatMap((call) => {
    if (!testName.test(dottedName(call.callee) ?? '')) return [];
    const options = call.arguments.filter((argument) => argument.type === 'ObjectExpression');
    return options.flatMap((object) =>
      object.properties
        .filter((property) => property.type === 'Property' && modifiers.has(source.textOf(property.key)))
        .map((property) => violation(source, property.start, source.textOf(property))),
    );
  });
}

function violation(source: SourceFile, offset: number, what: string): Violation {
  return {
    path: source.path,
    line: source.lineAt(offset),
    message: `${what} leaves tests out`,
    instead: 'make the test run everywhere, or delete it',
  };
}
