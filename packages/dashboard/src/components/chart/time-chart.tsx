/** Lines over time, with a readout, stretches that stand out, a threshold, and zoom by dragging. */
import { useEffect, useRef, useState } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import {
  boundText,
  type ChartBand,
  type ChartSeries,
  type ChartSpan,
  columnsOf,
  describeChart,
  valueAt,
} from './chart-data.ts';
import { type ChartColors, colorsOf, lineColor, useThemeName } from './theme-colors.ts';
import { axisTimes } from './time-axis.ts';

interface TimeChartProps {
  readonly label: string;
  readonly series: readonly ChartSeries[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly format: (value: number) => string;
  /** Writes the values beside the axis, where there is little room. Default: as everywhere. */
  readonly formatAxis?: (value: number) => string;
  readonly threshold?: number | undefined;
  readonly spans?: readonly ChartSpan[];
  readonly band?: ChartBand;
  /** Called with the stretch that was dragged over. */
  readonly onZoom?: ((fromMs: number, toMs: number) => void) | undefined;
  readonly height?: number;
}

const none: readonly ChartSpan[] = [];
const noBand = { upper: '', lower: '' } as const;
/** A drag over fewer pixels is a click. */
const dragPixelsMin = 8;

/** A chart. Everything that its canvas shows is told in its label and its readout as well. */
export function TimeChart({ height = 200, spans = none, ...props }: TimeChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const theme = useThemeName();
  const { series, fromMs, toMs, format, formatAxis = format, threshold, onZoom } = props;
  const { upper, lower } = props.band ?? noBand;
  const latest = useRef<Drawn>({ series, fromMs, toMs, spans });
  const plot = useRef<UPlot | null>(null);
  // What moves on every second is drawn into the chart that is there: a new one would lose the pointer over it.
  useEffect(() => {
    latest.current = { series, fromMs, toMs, spans };
    plot.current?.setData(columnsOf(series));
  }, [series, fromMs, toMs, spans]);
  // As text, so that the same lines with other points are the same.
  const lines = JSON.stringify(
    series.map((one): Line => [one.label, one.points.length < 3, one.kind ?? 'measured']),
  );
  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const parts = {
      lines: JSON.parse(lines) as readonly Line[],
      colors: colorsOf(theme),
      height,
      formatAxis,
      threshold,
      band: { upper, lower },
      onZoom,
      onMove: setAt,
    };
    const drawn = new UPlot(optionsOf(element, parts, latest), columnsOf(latest.current.series), element);
    plot.current = drawn;
    const resized = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      drawn.destroy();
      plot.current = null;
    };
  }, [lines, formatAxis, threshold, upper, lower, onZoom, height, theme]);
  return (
    <figure className="min-w-0">
      <div
        ref={frame}
        role="img"
        aria-label={describeChart(props.label, series, format)}
        className="w-full overflow-hidden"
        style={{ height }}
      />
      <Readout series={series} at={at} format={format} />
    </figure>
  );
}

function Readout({
  series,
  at,
  format,
}: {
  readonly series: readonly ChartSeries[];
  readonly at: number | null;
  readonly format: (value: number) => string;
}) {
  return (
    <figcaption className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs">
      {series.map((one, index) => {
        const value = valueAt(one, at);
        return (
          <span key={one.label} className="inline-flex min-w-0 items-baseline gap-1.5">
            <span
              aria-hidden
              className="inline-block size-2 shrink-0 rounded-full"
              style={{ background: lineColor(index, one.kind === 'bound') }}
            />
            <span className="truncate text-muted">{one.label}</span>
            <span className="tabular">{value === null ? '–' : format(value)}</span>
            {value === null ? null : <span className="text-muted">{boundText(one.relativeError)}</span>}
          </span>
        );
      })}
    </figcaption>
  );
}

/** A line's name, whether it is so short that its points have to be shown, and what it stands for. */
type Line = readonly [label: string, isShort: boolean, kind: NonNullable<ChartSeries['kind']>];

/** What changes while a chart stands. */
interface Drawn {
  readonly series: readonly ChartSeries[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly spans: readonly ChartSpan[];
}

interface PlotParts extends Pick<TimeChartProps, 'threshold' | 'onZoom'> {
  readonly formatAxis: (value: number) => string;
  readonly lines: readonly Line[];
  readonly height: number;
  readonly colors: ChartColors;
  readonly band: ChartBand;
  readonly onMove: (at: number | null) => void;
}

function optionsOf(
  element: HTMLElement,
  parts: PlotParts,
  latest: { readonly current: Drawn },
): UPlot.Options {
  const { colors, formatAxis, threshold, onZoom } = parts;
  const font = `11px ${getComputedStyle(element).fontFamily}`;
  const axis = { stroke: colors.axis, font, grid: { stroke: colors.grid, width: 1 }, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: parts.height,
    legend: { show: false },
    cursor: { drag: { x: onZoom !== undefined, y: false, setScale: false }, points: { size: 6 } },
    select: { show: onZoom !== undefined, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: { range: () => [latest.current.fromMs / 1_000, latest.current.toMs / 1_000] },
      y: { range: (_plot, least, most) => rangeOf(least, most, threshold) },
    },
    axes: [
      { ...axis, values: (_plot, seconds, _index, _space, increment) => axisTimes(seconds, increment) },
      { ...axis, size: 64, values: (_plot, values) => values.map((value) => formatAxis(value)) },
    ],
    series: [{}, ...parts.lines.map((line, index) => lineOptions(line, index, colors))],
    bands: bandsOf(parts),
    hooks: {
      drawAxes: [(plot) => drawSpans(plot, latest.current.spans, colors)],
      draw: [(plot) => drawThreshold(plot, threshold, colors.lines[3] ?? colors.axis)],
      setCursor: [
        ({ cursor, data }) => {
          const second = typeof cursor.idx === 'number' ? data[0][cursor.idx] : undefined;
          parts.onMove(second === undefined ? null : Math.round(second * 1_000));
        },
      ],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (!onZoom || width < dragPixelsMin) return;
          const moment = (x: number): number => Math.round(plot.posToVal(x, 'x') * 1_000);
          onZoom(moment(left), moment(left + width));
        },
      ],
    },
  };
}

function lineOptions([label, isShort, kind]: Line, index: number, colors: ChartColors): UPlot.Series {
  const own = colors.lines[index % colors.lines.length] ?? colors.axis;
  return {
    label,
    stroke: kind === 'bound' ? colors.axis : own,
    width: kind === 'bound' ? 1 : 1.5,
    ...(kind === 'measured' ? {} : { dash: kind === 'bound' ? [2, 3] : [6, 3] }),
    points: { show: isShort },
    spanGaps: false,
  };
}

// The library counts the axis as the first series.
function bandsOf({ lines, band, colors }: PlotParts): UPlot.Band[] {
  const place = (label: string) => lines.findIndex(([name]) => name === label) + 1;
  const [upper, lower] = [place(band.upper), place(band.lower)];
  return upper === 0 || lower === 0 ? [] : [{ series: [upper, lower], fill: colors.band }];
}

// From nothing up, with room above; the threshold is always in sight.
function rangeOf(least: number | null, most: number | null, threshold: number | undefined): [number, number] {
  const top = Math.max(most ?? 0, threshold ?? Number.NEGATIVE_INFINITY);
  const bottom = Math.min(0, least ?? 0);
  return [bottom, top > bottom ? top + (top - bottom) * 0.08 : bottom + 1];
}

// A stretch is a soft ground with a foot in the full colour, and wide enough to be seen however short it was.
function drawSpans(plot: UPlot, spans: readonly ChartSpan[], { tone: grounds, foot }: ChartColors): void {
  const { ctx, bbox } = plot;
  const end = bbox.left + bbox.width;
  const [widthMin, footHeight] = [2 * devicePixelRatio, 3 * devicePixelRatio];
  for (const { fromMs, toMs, tone } of spans) {
    const left = Math.max(bbox.left, plot.valToPos(fromMs / 1_000, 'x', true));
    const right = Math.min(end, plot.valToPos(toMs / 1_000, 'x', true));
    if (right < bbox.left || left > end) continue;
    const width = Math.max(widthMin, right - left);
    ctx.fillStyle = grounds[tone];
    ctx.fillRect(left, bbox.top, width, bbox.height);
    ctx.fillStyle = foot[tone];
    ctx.fillRect(left, bbox.top + bbox.height - footHeight, width, footHeight);
  }
}

function drawThreshold(plot: UPlot, threshold: number | undefined, color: string): void {
  if (threshold === undefined) return;
  const { ctx, bbox } = plot;
  const y = plot.valToPos(threshold, 'y', true);
  ctx.save();
  ctx.strokeStyle = color;
  ctx.setLineDash([6, 4]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
