/** Starts the dashboard. */
import './styles.css';

import { isClientError } from '@raptorflow/client';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';

import { createQueryClient } from './data/scope.ts';
import { createDashboardRouter } from './router.tsx';

const queryClient = createQueryClient();
const router = createDashboardRouter(queryClient);

// A session that has ended shows in any call; the page then leads to the sign-in and back.
queryClient.getQueryCache().subscribe((event) => {
  if (event.type !== 'updated' || event.action.type !== 'error') return;
  if (!isClientError(event.action.error) || event.action.error.status !== 401) return;
  const { pathname, href } = router.state.location;
  if (pathname !== '/sign-in') void router.navigate({ to: '/sign-in', search: { to: href } });
});

const element = document.getElementById('root');
if (element) {
  createRoot(element).render(
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
}
