import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `npm start` serves the API while the dashboard is developed with `vite`. */
const server = 'http://localhost:8001';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { conditions: ['@raptorflow/source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // The page is served under a policy that allows no inline scripts.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // On a busy machine the bundler would tell a newcomer which plugin took how long.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  server: {
    proxy: {
      '/api': { target: server, ws: true },
      '/v1': server,
      '/health': server,
      '/docs': server,
      '/openapi.json': server,
      '/ws': { target: server, ws: true },
    },
  },
});
