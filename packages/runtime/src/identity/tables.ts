import { defineMigrations, defineTables, type RoomMigrations, type TableDeclarations } from '../db/index.ts';

/** Rows of the identity room. All of them belong to the installation: they decide who may enter which workspace. */
export interface IdentityTables {
  users: {
    id: string;
    /** Where the user comes from and who they are there; unique. */
    subject: string;
    email: string | null;
    display_name: string;
    operator: number;
    created_at: number;
  };
  /** At most one row: who was here first, and so became the operator. */
  installation_owner: { slot: number; user_id: string };
  workspaces: {
    id: string;
    name: string;
    slug: string;
    time_zone: string;
    created_by: string;
    /** The user whose first workspace this is; unique, so that two first requests make one workspace. */
    first_of: string | null;
    created_at: number;
    updated_at: number;
  };
  workspace_members: {
    workspace_id: string;
    user_id: string;
    role: string;
    joined_at: number;
  };
  sign_in_links: {
    /** SHA-256 of the code, hexadecimal; the code itself is never stored. */
    code_hash: string;
    user_id: string;
    created_at: number;
    expires_at: number;
    used_at: number | null;
  };
  revoked_tokens: { token_id: string; expires_at: number };
}

/** All tables of the room belong to the installation: membership is asked before a workspace is known. */
export const identityTables: TableDeclarations = defineTables({
  installation: [
    'installation_owner',
    'revoked_tokens',
    'sign_in_links',
    'users',
    'workspace_members',
    'workspaces',
  ],
});

/** The schema of the identity room. */
export const identityMigrations: RoomMigrations = defineMigrations('identity', [
  {
    id: '001_users_and_workspaces',
    up: async (db) => {
      await db.schema
        .createTable('users')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('subject', 'text', (column) => column.notNull().unique())
        .addColumn('email', 'text')
        .addColumn('display_name', 'text', (column) => column.notNull())
        .addColumn('operator', 'bigint', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('installation_owner')
        .addColumn('slot', 'bigint', (column) => column.primaryKey())
        .addColumn('user_id', 'text', (column) => column.notNull().references('users.id'))
        .execute();
      await db.schema
        .createTable('workspaces')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('slug', 'text', (column) => column.notNull().unique())
        .addColumn('time_zone', 'text', (column) => column.notNull())
        .addColumn('created_by', 'text', (column) => column.notNull().references('users.id'))
        .addColumn('first_of', 'text', (column) => column.unique().references('users.id'))
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('updated_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('workspace_members')
        .addColumn('workspace_id', 'text', (column) => column.notNull().references('workspaces.id'))
        .addColumn('user_id', 'text', (column) => column.notNull().references('users.id'))
        .addColumn('role', 'text', (column) => column.notNull())
        .addColumn('joined_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('workspace_members_key', ['workspace_id', 'user_id'])
        .execute();
      await db.schema
        .createIndex('workspace_members_by_user')
        .on('workspace_members')
        .columns(['user_id', 'joined_at'])
        .execute();
    },
  },
  {
    id: '002_sign_in',
    up: async (db) => {
      await db.schema
        .createTable('sign_in_links')
        .addColumn('code_hash', 'text', (column) => column.primaryKey())
        .addColumn('user_id', 'text', (column) => column.notNull().references('users.id'))
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .addColumn('used_at', 'bigint')
        .execute();
      await db.schema
        .createTable('revoked_tokens')
        .addColumn('token_id', 'text', (column) => column.primaryKey())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
]);
