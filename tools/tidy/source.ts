import { parseSync } from 'oxc-parser';
import type { Comment, Node } from 'oxc-parser';

/** The members of the syntax tree's union whose `type` may be `T`. */
export type NodeOf<T, N = Node> = N extends { type: infer U }
  ? Extract<U, T> extends never
    ? never
    : N
  : never;

type NodeType = Node['type'];

/** How one module names another. `address` is `new URL('./x.ts', import.meta.url)`: a worker or child entry. */
export interface ImportEdge {
  readonly kind: 'static' | 'dynamic' | 'type' | 'address';
  /** `null` when the specifier is not a literal, so that nobody can check it. */
  readonly specifier: string | null;
  readonly line: number;
}

/**
 * One parsed TypeScript or JavaScript file. The tree is walked once, at construction; rules then ask for the
 * nodes of the types they know.
 */
export class SourceFile {
  readonly path: string;
  readonly text: string;
  readonly comments: readonly Comment[];
  readonly body: readonly Node[];
  readonly syntaxErrors: readonly string[];
  readonly lineCount: number;
  readonly imports: readonly ImportEdge[];
  readonly #nodes = new Map<string, Node[]>();
  readonly #parents = new Map<Node, Node>();
  readonly #lineStarts: number[];

  constructor(path: string, text: string) {
    const parsed = parseSync(path, text, { preserveParens: false });
    this.path = path;
    this.text = text;
    this.comments = parsed.comments;
    this.body = parsed.program.body;
    this.syntaxErrors = parsed.errors.map((error) => error.message);
    this.#lineStarts = lineStartsOf(text);
    this.lineCount = text.endsWith('\n') ? this.#lineStarts.length - 1 : this.#lineStarts.length;
    this.#collect(parsed.program);
    this.imports = this.#importEdges();
  }

  /** Every node of the given types, in the order of the walk. */
  nodes<T extends NodeType>(...types: T[]): NodeOf<T>[] {
    const found: Node[] = [];
    for (const type of types) found.push(...(this.#nodes.get(type) ?? []));
    return found.filter((node): node is NodeOf<T> & Node => (types as string[]).includes(node.type));
  }

  /** The node around `node`; `undefined` for the program itself. */
  parent(node: Node): Node | undefined {
    return this.#parents.get(node);
  }

  /** The source text of a node. */
  textOf(node: { readonly start: number; readonly end: number }): string {
    return this.text.slice(node.start, node.end);
  }

  /** The line (from 1) of an offset. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  #collect(program: Node): void {
    const stack: Node[] = [program];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      const list = this.#nodes.get(node.type);
      if (list === undefined) this.#nodes.set(node.type, [node]);
      else list.push(node);
      const children = childrenOf(node);
      for (let index = children.length - 1; index >= 0; index -= 1) {
        const child = children[index];
        if (child === undefined) continue;
        this.#parents.set(child, node);
        stack.push(child);
      }
    }
  }

  #importEdges(): ImportEdge[] {
    const edges: ImportEdge[] = [];
    const add = (kind: ImportEdge['kind'], specifier: string | null, node: Node): void => {
      edges.push({ kind, specifier, line: this.lineAt(node.start) });
    };
    for (const node of this.nodes('ImportDeclaration')) {
      add(node.importKind === 'type' ? 'type' : 'static', node.source.value, node);
    }
    for (const node of this.nodes('ExportNamedDeclaration', 'ExportAllDeclaration')) {
      if (node.source) add(node.exportKind === 'type' ? 'type' : 'static', node.source.value, node);
    }
    for (const node of this.nodes('TSImportType')) add('type', node.source.value, node);
    for (const node of this.nodes('ImportExpression')) {
      const addressed = addressOf(node.source) ?? addressOf(memberObject(node.source));
      add('dynamic', addressed ?? literalText(node.source), node);
    }
    for (const node of this.nodes('NewExpression')) {
      const address = addressOf(node);
      if (address !== null) add('address', address, node);
    }
    return edges;
  }
}

/** The string of a literal or of a template without holes; `null` for anything else. */
function literalText(node: Node): string | null {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : null;
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0)
    return node.quasis[0]?.value.cooked ?? null;
  return null;
}

/** `a.b.c` for a chain of plain names, `null` for anything else. */
export function dottedName(node: Node): string | null {
  if (node.type === 'Identifier') return node.name;
  if (node.type === 'ThisExpression') return 'this';
  if (node.type === 'ChainExpression') return dottedName(node.expression);
  if (node.type === 'MetaProperty') return `${node.meta.name}.${node.property.name}`;
  if (node.type !== 'MemberExpression' || node.computed || node.property.type !== 'Identifier') return null;
  const object = dottedName(node.object);
  return object === null ? null : `${object}.${node.property.name}`;
}

/** The relative module in `new URL('./x.ts', import.meta.url)`, also where the text is a choice between .ts and .js. */
function addressOf(node: Node | null): string | null {
  if (node?.type !== 'NewExpression' || dottedName(node.callee) !== 'URL') return null;
  const [first, base] = node.arguments;
  if (first === undefined || base === undefined || dottedName(base) !== 'import.meta.url') return null;
  const candidates = first.type === 'ConditionalExpression' ? [first.consequent, first.alternate] : [first];
  const texts = candidates.map((candidate) => literalText(candidate)).filter((text) => text !== null);
  return (
    texts.find((text) => text.endsWith('.ts')) ?? texts.find((text) => /\.[cm]?[jt]sx?$/.test(text)) ?? null
  );
}

function memberObject(node: Node): Node | null {
  return node.type === 'MemberExpression' ? node.object : null;
}

function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  for (const [key, value] of Object.entries(node)) {
    if (key === 'parent') continue;
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) children.push(item);
    } else if (isNode(value)) children.push(value);
  }
  return children;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let index = text.indexOf('\n'); index !== -1; index = text.indexOf('\n', index + 1))
    starts.push(index + 1);
  return starts;
}
