/** Line icons on a 16-pixel grid, drawn for this dashboard. They decorate; the text beside them carries the meaning. */
import { classes } from './class-names.ts';

const paths = {
  agents:
    'M8 2.200a2.1 2.1 0 1 1 0 4.2 2.1 2.1 0 0 1 0-4.200M3.5 9.300a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.400M12.5 9.300a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.400M6.8 6.2 4.4 9.400M9.2 6.200l2.4 3.200M5.2 11h5.6',
  alerts:
    'M4.2 10.500V7a3.8 3.8 0 0 1 7.6 0v3.500l1.2 1.500H3zM8 3.200V1.800M6.6 14a1.500 1.500 0 0 0 2.800 0',
  arrow: 'M3 8h9.500M9 4.5 12.5 8 9 11.5',
  audit:
    'M8 1.800 13 3.600v4.200c0 3-2 5.200-5 6.400-3-1.200-5-3.400-5-6.400V3.600zM5.600 8l1.700 1.700 3.200-3.400',
  bus: 'M2 4.500h12M2 8h12M2 11.500h12M5 3v3M10.5 6.500v3M7 10v3',
  campaign:
    'M2.5 6.500v3h2.200l5.8 3.200V3.300L4.7 6.500zM12.5 6.300a2.6 2.6 0 0 1 0 3.400M5.2 9.800l.8 3.400h1.5',
  check: 'm3 8.5 3.2 3.200L13 4.8',
  chevron: 'm4 6 4 4 4-4',
  close: 'm4 4 8 8M12 4l-8 8',
  copy: 'M5.5 5.500h7v8h-7zM10.5 5.500v-3h-7v8h2',
  costs:
    'M8 2v12M11 4.800C10.5 3.9 9.4 3.5 8 3.500c-1.7 0-3 .8-3 2.1 0 3 6.2 1.5 6.2 4.6 0 1.4-1.4 2.3-3.2 2.3-1.6 0-2.8-.6-3.3-1.6',
  document: 'M4 2h5.200L12.5 5.300V14H4zM9 2v3.500h3.500M6 8.500h4.500M6 11h4.5',
  download: 'M8 2.500v7.500M4.8 7.2 8 10.400l3.2-3.200M3 13.500h10',
  external: 'M6.5 3.500h-3v9h9v-3M9 3h4v4M13 3 7.5 8.5',
  filter: 'M2.5 4h11M4.5 8h7M6.5 12h3',
  menu: 'M2.5 4.500h11M2.5 8h11M2.5 11.500h11',
  metrics: 'M2.5 13.500h11M4 11V8.500M7 11V5M10 11V7M13 11V3',
  moon: 'M13 9.500A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5',
  overview: 'M2.5 2.500h4.500v6h-4.500zM9 2.500h4.500v3.500H9zM2.5 10.500h4.500v3h-4.500zM9 8h4.500v5.500H9z',
  pause: 'M5.5 3.500v9M10.5 3.500v9',
  person: 'M8 2.500a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 0 1 0-5.200M3 13.500c.4-2.6 2.4-4 5-4s4.6 1.4 5 4',
  play: 'M5 3.200v9.600L12.8 8z',
  plus: 'M8 3v10M3 8h10',
  redo: 'M12.5 6.500A5 5 0 1 0 13 9M12.8 3v3.600H9.2',
  resources: 'M8 2 13.5 5 8 8 2.5 5zM2.5 8 8 11l5.500-3M2.5 11 8 14l5.500-3',
  runs: 'M2.5 4h6M5 8h6M7.5 12h6',
  search: 'M7 2.500a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M10.3 10.300l3.2 3.2',
  settings: 'M2.5 5h6M11.5 5h2M2.5 11h2M7.5 11h6M10 3.500v3M6 9.500v3',
  spark: 'M8 2v3.200M8 10.800V14M2 8h3.200M10.8 8H14M4 4l2 2M10 10l2 2M12 4l-2 2M6 10l-2 2',
  stop: 'M4 4h8v8H4z',
  sun: 'M8 5.200a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.600M8 1.500v1.500M8 13v1.500M1.5 8H3M13 8h1.500M3.4 3.400l1 1M11.6 11.600l1 1M12.6 3.400l-1 1M4.4 11.600l-1 1',
  system: 'M2.5 3h11v7.500h-11zM6 13.500h4M8 10.500v3',
  trash: 'M3 4.500h10M6.5 4.500v-2h3v2M4.5 4.500l.6 9h5.800l.6-9',
  upload: 'M8 10.500V3M4.8 6.2 8 3l3.2 3.200M3 13.500h10',
  warning: 'M8 2.5 14 13H2zM8 6.500v3.200M8 11.400v.1',
} as const;

/** An icon's name. */
export type IconName = keyof typeof paths;

/** An icon in the text's colour. */
export function Icon({ name, className }: { readonly name: IconName; readonly className?: string }) {
  return (
    <svg
      viewBox="0 0 16 16"
      className={classes('size-4 shrink-0', className)}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}

/** The mark of RaptorFlow: a raptor in flight. */
export function Mark({ className }: { readonly className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={classes('size-6 shrink-0', className)} aria-hidden="true">
      <rect width="32" height="32" rx="7" className="fill-solid" />
      <path
        d="M6 21.500c5.2.4 8.6-1 10.6-4.300l-5.4.5 7.9-4.2-4.4-.7c4.5-2.6 8.3-2.9 11.3-.9-1.2.6-2 1.5-2.4 2.9-1.7 6-6.9 9.2-13 8.9-1.7-.1-3.3-.8-4.6-2.200z"
        className="fill-on-solid"
      />
    </svg>
  );
}
