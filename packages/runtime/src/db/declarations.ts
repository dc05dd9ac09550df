import { RaptorFlowError } from 'raptorflow/kernel';
import type { Generated, Kysely } from 'kysely';

/** The engines that the relational core speaks. */
export type DialectName = 'sqlite' | 'postgres';

/** Type of the column `workspace_id` in a room's rows: inserts through a handle of a workspace leave it out, and it is filled in. */
export type WorkspaceColumn = Generated<string>;

/** A table of workspaces whose rows nobody removes. */
export interface AppendOnlyTable {
  readonly name: string;
  /** Columns that a handle of a workspace may change. None by default: rows stay as they were written. */
  readonly changing?: readonly string[];
  /** Columns that only `system` may change, so that a law's right to be forgotten can be kept. None by default. */
  readonly erasable?: readonly string[];
}

/** Which tables a room owns, by who may reach them. */
export interface TableDeclarations {
  /** Rows of workspaces: each has a column `workspace_id`, and `forWorkspace` reaches only its own. */
  readonly tenant?: readonly string[];
  /**
   * Rows of workspaces that are read and added like others and never removed, not even with their workspace. PostgreSQL holds
   * that against the program itself; on SQLite the room's migration adds triggers.
   */
  readonly appendOnly?: readonly AppendOnlyTable[];
  /** Readable from every workspace, written by the installation. */
  readonly shared?: readonly string[];
  /** Reached through `system` alone. */
  readonly installation?: readonly string[];
}

/** One step of a room's schema. Steps are only ever added; an applied one is never changed. */
export interface Migration {
  /** Sorts in the order of application, as `001_runs`. */
  readonly id: string;
  up(db: Kysely<unknown>, dialect: DialectName): Promise<void>;
}

/** The schema of one room. */
export interface RoomMigrations {
  readonly room: string;
  readonly steps: readonly Migration[];
}

/** Declares a room's tables. Throws `invalid_options` when a table has two kinds. */
export function defineTables(tables: TableDeclarations): TableDeclarations {
  TableCatalogue.merge([tables]);
  return tables;
}

/** Declares a room's migrations. Throws `invalid_options` when they are out of order. */
export function defineMigrations(room: string, steps: readonly Migration[]): RoomMigrations {
  for (const [index, step] of steps.entries()) {
    const before = steps[index - 1];
    if (before && before.id >= step.id) {
      throw new RaptorFlowError(
        'invalid_options',
        `The migrations of ${room} are out of order: ${step.id} stands after ${before.id}.`,
      );
    }
  }
  return { room, steps };
}

/** Who may reach a table. */
export type TableKind = 'tenant' | 'append-only' | 'shared' | 'installation';

/** Every table of the installation, with its kind. */
export class TableCatalogue {
  readonly #kinds: ReadonlyMap<string, TableKind>;
  /** Sorted by name. */
  readonly appendOnly: readonly AppendOnlyTable[];

  private constructor(kinds: ReadonlyMap<string, TableKind>, appendOnly: readonly AppendOnlyTable[]) {
    this.#kinds = kinds;
    this.appendOnly = appendOnly;
  }

  /** Throws `invalid_options` when two rooms declare the same table. */
  static merge(declarations: readonly TableDeclarations[]): TableCatalogue {
    const kinds = new Map<string, TableKind>();
    for (const { tenant = [], appendOnly = [], shared = [], installation = [] } of declarations) {
      const pairs = [
        ...tenant.map((name) => [name, 'tenant'] as const),
        ...appendOnly.map(({ name }) => [name, 'append-only'] as const),
        ...shared.map((name) => [name, 'shared'] as const),
        ...installation.map((name) => [name, 'installation'] as const),
      ];
      for (const [name, kind] of pairs) {
        if (kinds.has(name)) {
          throw new RaptorFlowError(
            'invalid_options',
            `The table ${name} is declared twice; a table has one owner.`,
          );
        }
        kinds.set(name, kind);
      }
    }
    const appendOnly = declarations
      .flatMap((declaration) => declaration.appendOnly ?? [])
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return new TableCatalogue(kinds, appendOnly);
  }

  kindOf(table: string): TableKind | undefined {
    return this.#kinds.get(table);
  }

  /** Whether a handle of a workspace may change this column. */
  mayChange(table: string, column: string): boolean {
    if (this.kindOf(table) !== 'append-only') return true;
    return this.appendOnly.some(
      ({ name, changing }) => name === table && changing?.includes(column) === true,
    );
  }

  /** Names of one kind, sorted. */
  namesOf(kind: TableKind): string[] {
    return [...this.#kinds]
      .filter(([, each]) => each === kind)
      .map(([name]) => name)
      .sort();
  }
}
