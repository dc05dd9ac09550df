/** Writes the dashboards for Grafana: `npm run grafana`. A test fails when they are out of date. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderDashboard } from './grafana/dashboard.ts';
import { dashboards } from './grafana/dashboards.ts';

const folder = fileURLToPath(new URL('../deploy/grafana/dashboards', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const dashboard of dashboards) {
  const name = `${dashboard.uid}.json`;
  writeFileSync(join(folder, name), renderDashboard(dashboard));
  console.log(`deploy/grafana/dashboards/${name}: ${dashboard.title}`);
}
