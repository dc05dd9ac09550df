/** The header's two menus: which workspace, and who. */
import type { Session } from '@raptorflow/contract';
import { useNavigate } from '@tanstack/react-router';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';

import { buttonClasses } from '../components/button.tsx';
import { Icon, type IconName } from '../components/icon.tsx';
import { useSignOut } from '../data/session.ts';
import { type Theme, useTheme } from './theme.ts';

const itemClasses =
  'flex h-8 items-center gap-2 rounded-sm px-2 outline-none data-[highlighted]:bg-hover cursor-pointer select-none';

function MenuContent({ children }: { readonly children: ReactNode }) {
  return (
    <DropdownMenu.Portal>
      <DropdownMenu.Content
        align="start"
        sideOffset={6}
        collisionPadding={8}
        className="z-50 max-h-[70vh] min-w-56 overflow-y-auto rounded-md bg-surface p-1 shadow-float rising"
      >
        {children}
      </DropdownMenu.Content>
    </DropdownMenu.Portal>
  );
}

/** Switches the workspace; every page's address carries it. */
export function WorkspaceMenu({
  session,
  workspaceId,
}: {
  readonly session: Session;
  readonly workspaceId: string;
}) {
  const navigate = useNavigate();
  const current = session.workspaces.find((one) => one.workspace_id === workspaceId);
  const go = (id: string) => void navigate({ to: '/w/$workspaceId', params: { workspaceId: id } });
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger
        aria-label={`Workspace: ${current?.workspace_name ?? workspaceId}. Switch workspace`}
        className={buttonClasses('quiet', 'min-w-0 px-2 text-text')}
      >
        <span className="truncate">{current?.workspace_name ?? workspaceId}</span>
        <Icon name="chevron" className="size-3.5 text-muted" />
      </DropdownMenu.Trigger>
      <MenuContent>
        <DropdownMenu.Label className="px-2 py-1 text-xs text-muted">Workspaces</DropdownMenu.Label>
        <DropdownMenu.RadioGroup value={workspaceId} onValueChange={go}>
          {session.workspaces.map((one) => (
            <DropdownMenu.RadioItem key={one.workspace_id} value={one.workspace_id} className={itemClasses}>
              <span className="size-4">
                <DropdownMenu.ItemIndicator>
                  <Icon name="check" />
                </DropdownMenu.ItemIndicator>
              </span>
              <span className="min-w-0 flex-1 truncate">{one.workspace_name}</span>
              <span className="text-xs text-muted">{one.role}</span>
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
        <DropdownMenu.Separator className="my-1 h-px bg-line" />
        <DropdownMenu.Item
          className={itemClasses}
          onSelect={() =>
            void navigate({ to: '/w/$workspaceId/settings', params: { workspaceId }, hash: 'new-workspace' })
          }
        >
          <Icon name="plus" />
          New workspace
        </DropdownMenu.Item>
      </MenuContent>
    </DropdownMenu.Root>
  );
}

const themes: readonly (readonly [Theme, string, IconName])[] = [
  ['system', 'As the system', 'system'],
  ['light', 'Light', 'sun'],
  ['dark', 'Dark', 'moon'],
];

/** Who is signed in, the theme, and the way out. */
export function PersonMenu({ session }: { readonly session: Session }) {
  const navigate = useNavigate();
  const signOut = useSignOut();
  const [theme, setTheme] = useTheme();
  const choose = (value: string) => {
    const chosen = themes.find(([name]) => name === value);
    if (chosen) setTheme(chosen[0]);
  };
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger
        aria-label={`Signed in as ${session.user.display_name}. Account and theme`}
        className={buttonClasses('quiet', 'size-8 px-0')}
      >
        <Icon name="person" />
      </DropdownMenu.Trigger>
      <MenuContent>
        <div className="px-2 py-1.5">
          <div className="font-medium">{session.user.display_name}</div>
          <div className="text-xs text-muted">
            {session.user.email ?? session.user.id}
            {session.user.operator ? ' · operator' : ''}
          </div>
        </div>
        <DropdownMenu.Separator className="my-1 h-px bg-line" />
        <DropdownMenu.Label className="px-2 py-1 text-xs text-muted">Theme</DropdownMenu.Label>
        <DropdownMenu.RadioGroup value={theme} onValueChange={choose}>
          {themes.map(([value, label, icon]) => (
            <DropdownMenu.RadioItem key={value} value={value} className={itemClasses}>
              <Icon name={icon} className="text-muted" />
              <span className="flex-1">{label}</span>
              <DropdownMenu.ItemIndicator>
                <Icon name="check" />
              </DropdownMenu.ItemIndicator>
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
        <DropdownMenu.Separator className="my-1 h-px bg-line" />
        <DropdownMenu.Item asChild>
          <a href="/docs" className={itemClasses}>
            <Icon name="external" className="text-muted" />
            API reference
          </a>
        </DropdownMenu.Item>
        <DropdownMenu.Item
          className={itemClasses}
          onSelect={() => signOut.mutate(undefined, { onSuccess: () => void navigate({ to: '/sign-in' }) })}
        >
          <Icon name="arrow" className="text-muted" />
          Sign out
        </DropdownMenu.Item>
      </MenuContent>
    </DropdownMenu.Root>
  );
}
