import type { Rule, Violation } from '../rule.ts';
import type { Tree } from '../tree.ts';

const topFolders = ['packages', 'docs', 'tools', 'examples', 'benchmarks', 'deploy', 'config', '.ci'];
const pathInText = new RegExp(
  `^(?:${topFolders.map((name) => name.replace('.', String.raw`\.`)).join('|')})/[^\\s]*$`,
);

/** Paths, links and npm scripts that documents name are there. */
export const documentsRule: Rule = {
  name: 'documents',
  check: (tree) => {
    const scripts = scriptsOf(tree);
    return tree.paths
      .filter((path) => isDocument(path))
      .flatMap((path) => checkDocument(tree, path, scripts));
  },
};

/** The sample campaigns are material for agents, not documents about us. */
function isDocument(path: string): boolean {
  return path.endsWith('.md') && !path.startsWith('examples/campaigns/') && !/\/fixtures\//.test(path);
}

function checkDocument(tree: Tree, path: string, scripts: ReadonlySet<string>): Violation[] {
  const violations: Violation[] = [];
  let fenced = false;
  for (const [index, line] of tree.read(path).split('\n').entries()) {
    if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced;
    const problems = [
      ...missingScripts(line, scripts),
      ...(fenced ? [] : [...missingPaths(tree, line), ...brokenLinks(tree, path, line)]),
    ];
    violations.push(...problems.map((problem) => ({ path, line: index + 1, ...problem })));
  }
  return violations;
}

type Problem = Pick<Violation, 'message' | 'instead'>;

function missingScripts(line: string, scripts: ReadonlySet<string>): Problem[] {
  if (scripts.size === 0) return [];
  return [...line.matchAll(/npm run (?:--silent )?([a-z][a-z0-9:-]*)/g)]
    .map((match) => match[1] ?? '')
    .filter((script) => !scripts.has(script))
    .map((script) => ({ message: `there is no script ${script}`, instead: 'name a script of package.json' }));
}

/** A path in code quotes. `*` and `<name>` stand for anything; what comes behind a colon or `#` is a place in the file. */
function missingPaths(tree: Tree, line: string): Problem[] {
  return [...line.matchAll(/`([^`]+)`/g)]
    .map((match) => (match[1] ?? '').replace(/[#:].*$/, '').replace(/\/$/, ''))
    .filter((text) => pathInText.test(text) && !/[{}…]/.test(text) && !exists(tree, text))
    .map((text) => ({
      message: `${text} does not exist`,
      instead: 'name the file that is there, or leave it out',
    }));
}

function brokenLinks(tree: Tree, from: string, line: string): Problem[] {
  return [...line.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].flatMap((match) => {
    const target = match[1] ?? '';
    if (/^[a-z]+:/i.test(target)) return [];
    const [file = '', anchor] = target.split('#');
    const path = file === '' ? from : joinFolder(from, file);
    if (!exists(tree, path))
      return [{ message: `the link to ${target} leads nowhere`, instead: 'link to a file that is there' }];
    if (anchor === undefined || !path.endsWith('.md') || headingsOf(tree.read(path)).has(anchor)) return [];
    return [{ message: `${path} has no heading #${anchor}`, instead: 'link to a heading that is there' }];
  });
}

function headingsOf(text: string): Set<string> {
  const titles = [...text.matchAll(/^#{1,6} (.+)$/gm)].map((match) => match[1] ?? '');
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-'),
    ),
  );
}

function exists(tree: Tree, path: string): boolean {
  if (!/[*<]/.test(path)) return tree.has(path);
  const pattern = path
    .split(/\*\*|\*|<[^>]+>/)
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('.*');
  const expression = new RegExp(`^${pattern}$`);
  return (
    tree.paths.some((known) => expression.test(known)) || tree.folders.some((known) => expression.test(known))
  );
}

function joinFolder(from: string, link: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of link.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

function scriptsOf(tree: Tree): Set<string> {
  if (!tree.has('package.json')) return new Set();
  const manifest: unknown = JSON.parse(tree.read('package.json'));
  if (typeof manifest !== 'object' || manifest === null || !('scripts' in manifest)) return new Set();
  return new Set(Object.keys(manifest.scripts ?? {}));
}
