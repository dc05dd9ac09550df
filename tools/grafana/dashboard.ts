/** Dashboards of Grafana in its classic form, which every version imports, made of rows of panels. */

/** One line of a panel. */
export interface Query {
  readonly expr: string;
  /** How its lines are named, with `{{label}}` in it. */
  readonly legend: string;
}

/** One chart. */
export interface Panel {
  readonly title: string;
  /** A sentence for whoever wonders what it says. */
  readonly description: string;
  /** A unit of Grafana's: `s`, `bytes`, `reqps`, `ops`, `percentunit`, `short`, `currencyUSD`. */
  readonly unit: string;
  readonly queries: readonly Query[];
}

/** One dashboard. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[];
}

const columns = 24;
const panelsInRow = 3;
const panelHeight = 8;
const schemaVersion = 39;

/** The JSON that Grafana imports. */
export function renderDashboard({ uid, title, description, rows }: Dashboard): string {
  const panels: unknown[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      type: 'row',
      id: panels.length + 1,
      title: row.title,
      collapsed: false,
      gridPos: { h: 1, w: columns, x: 0, y },
      panels: [],
    });
    y += 1;
    for (const [index, panel] of row.panels.entries()) {
      const width = columns / panelsInRow;
      const line = Math.floor(index / panelsInRow);
      const x = (index % panelsInRow) * width;
      panels.push(
        renderPanel(panel, panels.length + 1, { h: panelHeight, w: width, x, y: y + line * panelHeight }),
      );
    }
    y += Math.ceil(row.panels.length / panelsInRow) * panelHeight;
  }
  const dashboard = {
    uid,
    title,
    description,
    tags: ['raptorflow'],
    schemaVersion,
    version: 1,
    editable: true,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    timezone: 'browser',
    templating: {
      list: [
        {
          name: 'datasource',
          label: 'Data source',
          type: 'datasource',
          query: 'prometheus',
          current: {},
          hide: 0,
        },
        {
          name: 'instance',
          label: 'Process',
          type: 'query',
          datasource,
          query: { query: 'label_values(process_start_time_seconds, instance)', refId: 'instances' },
          refresh: 2,
          includeAll: true,
          multi: true,
          current: { selected: true, text: ['All'], value: ['$__all'] },
          hide: 0,
        },
      ],
    },
    annotations: { list: [] },
    panels,
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

const datasource = { type: 'prometheus', uid: '${datasource}' };

function renderPanel(
  { title, description, unit, queries }: Panel,
  id: number,
  gridPos: Readonly<Record<'h' | 'w' | 'x' | 'y', number>>,
): unknown {
  return {
    type: 'timeseries',
    id,
    title,
    description,
    datasource,
    gridPos,
    fieldConfig: {
      defaults: { unit, min: 0, custom: { lineWidth: 1, fillOpacity: 8, showPoints: 'never' } },
      overrides: [],
    },
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCodePoint(65 + index),
      datasource,
      expr,
      legendFormat: legend,
    })),
  };
}
