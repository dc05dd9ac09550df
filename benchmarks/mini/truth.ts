import type { Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
export async function truth(_settings: BenchSettings, _findings: Findings): Promise<void> {}
