import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { renderDashboard } from './dashboard.ts';
import { dashboards } from './dashboards.ts';

const folder = fileURLToPath(new URL('../../deploy/grafana/dashboards/', import.meta.url));

describe('the dashboards in deploy/grafana', () => {
  it('are what the tool writes, and nothing else', () => {
    const written = Object.fromEntries(
      dashboards.map((one) => [`${one.uid}.json`, JSON.parse(renderDashboard(one)) as unknown]),
    );
    const found = Object.fromEntries(
      readdirSync(folder).map((name) => [name, JSON.parse(readFileSync(folder + name, 'utf8')) as unknown]),
    );
    expect(found).toEqual(written);
  });

  it('have panels that do not overlap, with ids and references of their own', () => {
    for (const dashboard of dashboards) {
      const { panels } = JSON.parse(renderDashboard(dashboard)) as {
        panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[];
      };
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}|${y + Math.floor(cell / w)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
    }
  });
});
