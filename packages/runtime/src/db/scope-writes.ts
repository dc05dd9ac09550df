import {
  AliasNode,
  ColumnNode,
  DefaultInsertValueNode,
  FromNode,
  IdentifierNode,
  ReferenceNode,
  SelectAllNode,
  SelectionNode,
  SelectQueryNode,
  ValueListNode,
  ValueNode,
  ValuesNode,
  WhereNode,
  type ColumnUpdateNode,
  type InsertQueryNode,
  type OperationNode,
} from 'kysely';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { TableCatalogue } from './declarations.ts';

/** The column that every tenant table has. */
export const workspaceColumn = 'workspace_id';

/** Gives every row of an insert its workspace, or checks the one it names. Throws `unscoped_statement` for another one. */
export function fillWorkspace(node: InsertQueryNode, workspaceId: string): InsertQueryNode {
  const { columns, values, defaultValues: _defaults, ...rest } = node;
  const own = ValueNode.create(workspaceId);
  if (values && !columns) {
    throw foreign('Name the columns of an insert from a select, so that the handle can add the workspace.');
  }
  if (!values || !columns) {
    const row = ValueListNode.create([own]);
    return { ...rest, columns: [ColumnNode.create(workspaceColumn)], values: ValuesNode.create([row]) };
  }
  const index = columns.findIndex((column) => column.column.name === workspaceColumn);
  if (ValuesNode.is(values)) {
    if (index < 0) {
      const rows = values.values.map((row) => ValueListNode.create([...cellsOf(row), own]));
      return { ...rest, columns: withWorkspace(columns), values: ValuesNode.create(rows) };
    }
    const rows = values.values.map((row) =>
      ValueListNode.create(cellsOf(row).map((cell, at) => (at === index ? ownCell(cell, own) : cell))),
    );
    return { ...rest, columns, values: ValuesNode.create(rows) };
  }
  if (index >= 0) {
    throw foreign('Leave workspace_id out of an insert from a select; the handle adds it.');
  }
  return { ...rest, columns: withWorkspace(columns), values: selectWith(values, own) };
}

/** Refuses to move rows to another workspace. */
export function refuseForeignUpdates(
  updates: readonly ColumnUpdateNode[] | undefined,
  workspaceId: string,
): void {
  for (const { column, value } of updates ?? []) {
    const name = columnName(column);
    if (name === undefined) throw foreign('An update names its columns one by one.');
    if (name !== workspaceColumn) continue;
    if (!ValueNode.is(value) || value.value !== workspaceId) {
      throw foreign('An update cannot move rows to another workspace.');
    }
  }
}

/** Refuses to change columns of an append-only table that it does not name as changing. */
export function refuseRewriting(
  updates: readonly ColumnUpdateNode[] | undefined,
  table: string,
  tables: TableCatalogue,
): void {
  for (const { column } of updates ?? []) {
    const name = columnName(column) ?? '';
    if (!tables.mayChange(table, name)) throw foreign(`Rows of ${table} stay as they were written.`);
  }
}

function cellsOf(row: ValuesNode['values'][number]): readonly OperationNode[] {
  return ValueListNode.is(row) ? row.values : row.values.map((value) => ValueNode.create(value));
}

// A row that leaves the column out while others of the same insert name it gets it like all the others.
function ownCell(cell: OperationNode, own: ValueNode): OperationNode {
  if (DefaultInsertValueNode.is(cell)) return own;
  if (ValueNode.is(cell) && (cell.value === own.value || cell.value === undefined)) return own;
  throw foreign('The row names another workspace than the one that the handle is bound to.');
}

// `select source.*, ? from (…) as source` works for every shape of select, unions included.
function selectWith(values: OperationNode, own: ValueNode): OperationNode {
  const source = AliasNode.create(values, IdentifierNode.create('scoped_rows'));
  const select: SelectQueryNode = {
    kind: 'SelectQueryNode',
    from: FromNode.create([source]),
    // SQLite would take the `on` of a following `on conflict` for the condition of a join.
    where: WhereNode.create(ValueNode.createImmediate(true)),
  };
  return SelectQueryNode.cloneWithSelections(select, [
    SelectionNode.create(SelectAllNode.create()),
    SelectionNode.create(AliasNode.create(own, IdentifierNode.create(workspaceColumn))),
  ]);
}

function withWorkspace(columns: readonly ColumnNode[]): ColumnNode[] {
  return [...columns, ColumnNode.create(workspaceColumn)];
}

function columnName(node: OperationNode): string | undefined {
  if (ColumnNode.is(node)) return node.column.name;
  if (ReferenceNode.is(node) && ColumnNode.is(node.column)) return node.column.column.name;
  return undefined;
}

function foreign(message: string): RaptorFlowError {
  return new RaptorFlowError('unscoped_statement', message);
}
