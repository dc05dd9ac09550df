export { announceSignal, routeSignal, type SignalMood, type SignalRoute } from './routing.ts';
export { severities, type Severity, type SeverityBasis, type Signal, type ThreatFormat } from './signal.ts';
export { type SignalFilter, type SignalPage } from './signal-store.ts';
export { createSignals, type Signals, type ThreatIngest, type ThreatReport } from './signals.ts';
export { signalMigrations, signalTables } from './tables.ts';
