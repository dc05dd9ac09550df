/** Workspaces: the tenant that owns everything else. */
import { z } from 'zod';

import { capChangeSchema } from './budget.ts';
import { budgetSchema } from './cost.ts';
import { identifierSchema, moneySchema, pageQuerySchema, pageSchema, timestampSchema } from './primitives.ts';
import { defineRoutes } from './route.ts';

/** From most to least: an owner may all that an admin may, and so on down. */
export const workspaceRoleSchema = z.enum(['owner', 'admin', 'member', 'viewer']);
export type WorkspaceRole = z.infer<typeof workspaceRoleSchema>;

/** A workspace as the caller sees it; `role` is the caller's own. */
export const workspaceSchema = z
  .object({
    id: identifierSchema,
    name: z.string(),
    slug: z.string(),
    role: workspaceRoleSchema,
    time_zone: z.string().meta({ description: 'IANA name; the budget month turns at its midnight.' }),
    monthly_budget_usd: moneySchema,
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'Workspace' });
export type Workspace = z.infer<typeof workspaceSchema>;

/** One member of a workspace. */
export const workspaceMemberSchema = z
  .object({
    user_id: identifierSchema,
    email: z.string().nullable(),
    display_name: z.string(),
    role: workspaceRoleSchema,
    joined_at: timestampSchema,
  })
  .meta({ id: 'WorkspaceMember' });
export type WorkspaceMember = z.infer<typeof workspaceMemberSchema>;

const nameSchema = z.string().trim().min(1).max(120);
const timeZoneSchema = z.string().min(1).max(64);
const params = z.strictObject({ workspace_id: identifierSchema });

/** Routes of workspaces. */
export const workspaceRoutes = defineRoutes({
  budget: {
    method: 'GET',
    path: '/api/v1/workspaces/:workspace_id/budget',
    role: 'viewer',
    tag: 'workspaces',
    summary: 'Show what a workspace has spent of its month.',
    params,
    response: budgetSchema,
  },
  create: {
    method: 'POST',
    path: '/api/v1/workspaces',
    role: 'user',
    tag: 'workspaces',
    summary: 'Create a workspace; the caller becomes its owner and its agents are seeded from the roster.',
    body: z.strictObject({ name: nameSchema, time_zone: timeZoneSchema.optional() }),
    response: workspaceSchema,
    status: 201,
  },
  delete: {
    method: 'DELETE',
    path: '/api/v1/workspaces/:workspace_id',
    role: 'owner',
    tag: 'workspaces',
    summary: 'Delete a workspace and everything in it for good; nobody can enter from now on.',
    params,
    body: z.strictObject({
      name: z.string().max(200).meta({ description: 'The name of the workspace, to the letter.' }),
    }),
    response: z.object({ workspace_id: identifierSchema, status: z.literal('deleting') }),
    status: 202,
  },
  export: {
    method: 'GET',
    path: '/api/v1/workspaces/:workspace_id/export',
    role: 'owner',
    tag: 'workspaces',
    summary: 'Download everything that is stored of a workspace, as JSON Lines.',
    params,
    response: z.string(),
    format: 'text',
  },
  get: {
    method: 'GET',
    path: '/api/v1/workspaces/:workspace_id',
    role: 'viewer',
    tag: 'workspaces',
    summary: 'Show one workspace.',
    params,
    response: workspaceSchema,
  },
  list: {
    method: 'GET',
    path: '/api/v1/workspaces',
    role: 'user',
    tag: 'workspaces',
    summary: "List the caller's workspaces, oldest membership first.",
    query: pageQuerySchema,
    response: pageSchema(workspaceSchema),
  },
  members: {
    method: 'GET',
    path: '/api/v1/workspaces/:workspace_id/members',
    role: 'viewer',
    tag: 'workspaces',
    summary: 'List the members of a workspace.',
    params,
    query: pageQuerySchema,
    response: pageSchema(workspaceMemberSchema),
  },
  update: {
    method: 'PATCH',
    path: '/api/v1/workspaces/:workspace_id',
    role: 'admin',
    tag: 'workspaces',
    summary: 'Change the name or the time zone of a workspace.',
    params,
    body: z
      .strictObject({ name: nameSchema.optional(), time_zone: timeZoneSchema.optional() })
      .refine((body) => Object.values(body).some((value) => value !== undefined), 'Name what is to change.'),
    response: workspaceSchema,
  },
  setBudget: {
    method: 'PUT',
    path: '/api/v1/workspaces/:workspace_id/budget',
    role: 'owner',
    tag: 'workspaces',
    summary:
      'Set what a workspace may spend in a month; null gives it the installation’s cap again. It holds from the next call on.',
    params,
    body: capChangeSchema,
    response: budgetSchema,
  },
});
