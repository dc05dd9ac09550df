import { RaptorFlowError } from 'raptorflow/kernel';
import {
  AliasNode,
  AndNode,
  BinaryOperationNode,
  ColumnNode,
  FromNode,
  IdentifierNode,
  OperationNodeTransformer,
  OperatorNode,
  ParensNode,
  ReferenceNode,
  SelectAllNode,
  SelectionNode,
  SelectQueryNode,
  TableNode,
  ValueNode,
  WhereNode,
  type AggregateFunctionNode,
  type DeleteQueryNode,
  type FunctionNode,
  type InsertQueryNode,
  type JoinNode,
  type KyselyPlugin,
  type OnConflictNode,
  type OperationNode,
  type QueryId,
  type RawNode,
  type RootOperationNode,
  type UpdateQueryNode,
  type UsingNode,
  type WithNode,
} from 'kysely';
import type { TableCatalogue } from './declarations.ts';
import { fillWorkspace, refuseForeignUpdates, refuseRewriting, workspaceColumn } from './scope-writes.ts';

/*
 * How a statement is kept inside its workspace:
 *
 * - Wherever a tenant table is read (from, join, using, in any sub-query, union or common table expression) it is replaced by
 *   `(select * from t where workspace_id = ?) as t`. That is right for outer joins too, and both engines flatten it.
 * - The table that is updated or deleted from gets the condition in its `where`, also in `on conflict do update`.
 * - Rows that are inserted get the workspace; a different one is refused.
 * - Everything that is not understood is refused: raw SQL, undeclared tables, statements of other kinds. A table name is accepted
 *   only in the places handled here, so a kind of node that a later Kysely adds is refused and not overlooked.
 */

/** The plugin of a handle that is bound to one workspace. */
export function scopePlugin(workspaceId: string, tables: TableCatalogue): KyselyPlugin {
  return {
    transformQuery: ({ node, queryId }) => {
      const transformed = new ScopeTransformer(workspaceId, tables).transformNode(node, queryId);
      return transformed satisfies RootOperationNode;
    },
    transformResult: async ({ result }) => result,
  };
}

const statements: ReadonlySet<string> = new Set([
  'SelectQueryNode',
  'InsertQueryNode',
  'UpdateQueryNode',
  'DeleteQueryNode',
]);

/** Where a table's name only says which of the sources a column belongs to. */
const referring: ReadonlySet<string> = new Set(['ReferenceNode', 'SelectModifierNode']);

/** What Kysely itself writes as raw SQL. */
const harmlessSql = /^(asc|desc|true)$/;

const functionName = /^[a-z_][a-z0-9_]*$/i;

class ScopeTransformer extends OperationNodeTransformer {
  readonly #workspaceId: string;
  readonly #tables: TableCatalogue;
  // Names of the common table expressions in sight; one name may be in sight more than once.
  readonly #expressions: string[] = [];

  constructor(workspaceId: string, tables: TableCatalogue) {
    super();
    this.#workspaceId = workspaceId;
    this.#tables = tables;
  }

  protected override transformNodeImpl<T extends OperationNode>(node: T, queryId?: QueryId): T {
    if (this.nodeStack.length === 1 && !statements.has(node.kind)) {
      throw refusal(`a ${node.kind.replace(/Node$/, '')} statement`);
    }
    if (node.kind === 'MergeQueryNode') throw refusal('a merge');
    const names = namesOf(node);
    for (const name of names) {
      if (this.#tables.kindOf(name)) throw refusal(`a common table expression named like the table ${name}`);
    }
    this.#expressions.push(...names);
    const transformed = super.transformNodeImpl(node, queryId);
    this.#expressions.length -= names.length;
    return transformed;
  }

  protected override transformRaw(node: RawNode, queryId?: QueryId): RawNode {
    const sql = node.sqlFragments.join('?');
    if (node.parameters.length > 0 || !harmlessSql.test(sql)) throw refusal('raw SQL');
    return super.transformRaw(node, queryId);
  }

  protected override transformFunction(node: FunctionNode, queryId?: QueryId): FunctionNode {
    assertFunctionName(node.func);
    return super.transformFunction(node, queryId);
  }

  protected override transformAggregateFunction(
    node: AggregateFunctionNode,
    queryId?: QueryId,
  ): AggregateFunctionNode {
    assertFunctionName(node.func);
    return super.transformAggregateFunction(node, queryId);
  }

  protected override transformTable(node: TableNode, queryId?: QueryId): TableNode {
    const parent = this.nodeStack.at(-2);
    const name = tableName(node);
    const isName = parent?.kind === 'CommonTableExpressionNameNode';
    if (!isName && !referring.has(parent?.kind ?? '')) throw refusal(`the table ${name} in this place`);
    return super.transformTable(node, queryId);
  }

  // Places where tables are read.

  protected override transformFrom(node: FromNode, queryId?: QueryId): FromNode {
    return FromNode.create(node.froms.map((source) => this.#source(source, queryId)));
  }

  protected override transformJoin(node: JoinNode, queryId?: QueryId): JoinNode {
    return {
      kind: 'JoinNode',
      joinType: node.joinType,
      table: this.#source(node.table, queryId),
      ...(node.on ? { on: this.transformNode(node.on, queryId) } : {}),
    };
  }

  protected override transformUsing(node: UsingNode, queryId?: QueryId): UsingNode {
    return { kind: 'UsingNode', tables: node.tables.map((source) => this.#source(source, queryId)) };
  }

  #source(node: OperationNode, queryId: QueryId | undefined): OperationNode {
    if (TableNode.is(node)) return this.#sourceTable(node, node.table.identifier);
    if (AliasNode.is(node) && TableNode.is(node.node)) return this.#sourceTable(node.node, node.alias);
    return this.transformNode(node, queryId);
  }

  #sourceTable(node: TableNode, alias: OperationNode): OperationNode {
    const name = tableName(node);
    const named = alias === node.table.identifier ? node : AliasNode.create(node, this.transformNode(alias));
    if (this.#expressions.includes(name)) return named;
    switch (this.#tables.kindOf(name)) {
      case 'shared':
        return named;
      case 'tenant':
      case 'append-only': {
        const rows = SelectQueryNode.cloneWithSelections(SelectQueryNode.createFrom([node]), [
          SelectionNode.create(SelectAllNode.create()),
        ]);
        const own: SelectQueryNode = { ...rows, where: WhereNode.create(this.#isOwn()) };
        return AliasNode.create(own, alias);
      }
      case 'installation':
        throw refusal(`the table ${name}, which belongs to the installation`);
      case undefined:
        throw refusal(`the table ${name}, which no room has declared`);
    }
  }

  // Places where tables are written.

  protected override transformUpdateQuery(node: UpdateQueryNode, queryId?: QueryId): UpdateQueryNode {
    if (!node.table) throw refusal('an update without a table');
    const { target, reference, name } = this.#target(node.table);
    refuseForeignUpdates(node.updates, this.#workspaceId);
    refuseRewriting(node.updates, name, this.#tables);
    const { table: _table, ...rest } = node;
    const transformed = super.transformUpdateQuery(rest, queryId);
    return { ...transformed, table: target, where: this.#alsoOwn(transformed.where, reference) };
  }

  protected override transformDeleteQuery(node: DeleteQueryNode, queryId?: QueryId): DeleteQueryNode {
    const [first, ...others] = node.from.froms;
    if (!first || others.length > 0) throw refusal('a delete from several tables');
    const { target, reference, name } = this.#target(first);
    if (this.#tables.kindOf(name) === 'append-only') throw refusal(`a delete from ${name}, whose rows stay`);
    const transformed = super.transformDeleteQuery({ ...node, from: FromNode.create([]) }, queryId);
    return {
      ...transformed,
      from: FromNode.create([target]),
      where: this.#alsoOwn(transformed.where, reference),
    };
  }

  protected override transformInsertQuery(node: InsertQueryNode, queryId?: QueryId): InsertQueryNode {
    if (!node.into || node.replace || node.orAction || node.onDuplicateKey || node.top || node.output) {
      throw refusal('this form of insert');
    }
    const { reference, name } = this.#target(node.into);
    refuseRewriting(node.onConflict?.updates, name, this.#tables);
    const { into, ...rest } = node;
    const transformed = super.transformInsertQuery(rest, queryId);
    const { onConflict } = transformed;
    return {
      ...fillWorkspace(transformed, this.#workspaceId),
      into,
      ...(onConflict ? { onConflict: this.#ownConflicts(onConflict, reference) } : {}),
    };
  }

  // A row that is in the way may be another workspace's; it is left as it is.
  #ownConflicts(node: OnConflictNode, target: TableNode): OnConflictNode {
    refuseForeignUpdates(node.updates, this.#workspaceId);
    if (!node.updates) return node;
    return { ...node, updateWhere: this.#alsoOwn(node.updateWhere, target) };
  }

  #target(node: OperationNode): { target: OperationNode; reference: TableNode; name: string } {
    if (AliasNode.is(node) && IdentifierNode.is(node.alias)) {
      const { target, name } = this.#target(node.node);
      return {
        name,
        target: AliasNode.create(target, node.alias),
        reference: TableNode.create(node.alias.name),
      };
    }
    if (!TableNode.is(node)) throw refusal('a change of something that is not a table');
    const name = tableName(node);
    const kind = this.#tables.kindOf(name);
    if (kind !== 'tenant' && kind !== 'append-only')
      throw refusal(`a change of ${name}, which is no table of workspaces`);
    return { target: node, reference: node, name };
  }

  #alsoOwn(where: WhereNode | undefined, table: TableNode): WhereNode {
    const own = this.#isOwn(table);
    return WhereNode.create(where ? AndNode.create(ParensNode.create(where.where), own) : own);
  }

  #isOwn(table?: TableNode): OperationNode {
    return BinaryOperationNode.create(
      ReferenceNode.create(ColumnNode.create(workspaceColumn), table),
      OperatorNode.create('='),
      ValueNode.create(this.#workspaceId),
    );
  }
}

function namesOf(node: OperationNode): string[] {
  if (!statements.has(node.kind) || !('with' in node) || !node.with) return [];
  const { expressions } = node.with as WithNode;
  return expressions.map((expression) => expression.name.table.table.identifier.name);
}

function tableName({ table }: TableNode): string {
  if (table.schema) throw refusal(`a table of the schema ${table.schema.name}`);
  return table.identifier.name;
}

function assertFunctionName(name: string): void {
  if (!functionName.test(name)) throw refusal(`a function named ${name}`);
}

/** The error for what cannot be kept inside a workspace. */
function refusal(what: string): RaptorFlowError {
  return new RaptorFlowError(
    'unscoped_statement',
    `A handle of a workspace does not take ${what}: it could not be kept inside the workspace. Use the query builder on declared tables, or the system handle where the whole installation is meant.`,
  );
}
