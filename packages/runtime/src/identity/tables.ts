import {
  defineMigrations,
  defineTables,
  type RoomMigrations,
  type TableDeclarations,
  type WorkspaceColumn,
} from '../db/index.ts';

/** Rows of the identity room. What decides who may enter which workspace belongs to the installation. */
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
    /** Since when it is being emptied; from then on nobody may enter. */
    deleting_since: number | null;
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
  api_keys: {
    id: string;
    workspace_id: WorkspaceColumn;
    /** The part that is shown and that the key is found by; unique. */
    prefix: string;
    /** SHA-256 of the secret, hexadecimal; the secret itself is never stored. */
    secret_hash: string;
    name: string;
    role: string;
    /** A JSON list; empty for everything that the role may. */
    scopes: string;
    created_by: string;
    created_at: number;
    expires_at: number | null;
    last_used_at: number | null;
    revoked_at: number | null;
  };
  invitations: {
    id: string;
    workspace_id: WorkspaceColumn;
    email: string;
    role: string;
    /** SHA-256 of the code in the link, hexadecimal; unique. */
    code_hash: string;
    invited_by: string;
    created_at: number;
    expires_at: number;
    accepted_at: number | null;
    accepted_by: string | null;
    revoked_at: number | null;
  };
  /** Workspaces deleted a short while ago: what was still under way then may have left rows behind. */
  removed_workspaces: { workspace_id: string; removed_at: number };
}

/** Membership is asked before a workspace is known, so it belongs to the installation; keys and invitations are a workspace's own. */
export const identityTables: TableDeclarations = defineTables({
  tenant: ['api_keys', 'invitations'],
  installation: [
    'installation_owner',
    'removed_workspaces',
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
  {
    id: '003_keys_and_invitations',
    up: async (db) => {
      await db.schema.alterTable('workspaces').addColumn('deleting_since', 'bigint').execute();
      await db.schema
        .createTable('api_keys')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('prefix', 'text', (column) => column.notNull().unique())
        .addColumn('secret_hash', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('role', 'text', (column) => column.notNull())
        .addColumn('scopes', 'text', (column) => column.notNull())
        .addColumn('created_by', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint')
        .addColumn('last_used_at', 'bigint')
        .addColumn('revoked_at', 'bigint')
        .execute();
      await db.schema
        .createIndex('api_keys_by_workspace')
        .on('api_keys')
        .columns(['workspace_id', 'id'])
        .execute();
      await db.schema
        .createTable('invitations')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('email', 'text', (column) => column.notNull())
        .addColumn('role', 'text', (column) => column.notNull())
        .addColumn('code_hash', 'text', (column) => column.notNull().unique())
        .addColumn('invited_by', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .addColumn('accepted_at', 'bigint')
        .addColumn('accepted_by', 'text')
        .addColumn('revoked_at', 'bigint')
        .execute();
      await db.schema
        .createIndex('invitations_by_workspace')
        .on('invitations')
        .columns(['workspace_id', 'id'])
        .execute();
      await db.schema
        .createTable('removed_workspaces')
        .addColumn('workspace_id', 'text', (column) => column.primaryKey())
        .addColumn('removed_at', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
]);
