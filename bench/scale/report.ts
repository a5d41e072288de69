/**
 * The stages as a table, with what is wanted and what kube-proxy takes.
 */

import type { Spread, StageResult } from './stage.ts';

interface Line {
  readonly what: string;
  readonly of: (stage: StageResult) => string;
  readonly goal: string;
  /** kube-proxy 1.36 in mode nftables with 10,000 Services of 10 endpoints, in the same rig at another time. */
  readonly kubeProxy: string;
}

const LINES: readonly Line[] = [
  { what: 'start to first table', of: (s) => ms(s.readyMs), goal: '< 5 s', kubeProxy: '16 s' },
  { what: 'start to first byte', of: (s) => ms(s.firstByteMs), goal: '–', kubeProxy: '–' },
  { what: 'CPU time of the start', of: (s) => ms(s.start.cpuMs), goal: '–', kubeProxy: '–' },
  { what: 'memory after start', of: (s) => mb(s.start.rssBytes), goal: '< 400 MB', kubeProxy: '294 MB' },
  { what: 'memory after churn', of: (s) => mb(s.underChurn.rssBytes), goal: '< 400 MB', kubeProxy: '420–516 MB' },
  { what: 'event loop delay p99 (max), start', of: (s) => delay(s.start), goal: '< 20 ms', kubeProxy: '–' },
  { what: 'event loop delay p99 (max), churn', of: (s) => delay(s.underChurn), goal: '< 20 ms', kubeProxy: '–' },
  { what: 'one sync, at rest', of: (s) => both(s.atRest.sync), goal: 'flat', kubeProxy: '5,000–5,500 ms' },
  {
    what: 'watch event to first byte, at rest',
    of: (s) => both(s.atRest.fromEvent),
    goal: 'p99 < 10 ms',
    kubeProxy: '–',
  },
  { what: 'the same under churn', of: (s) => both(s.churn.fromEvent), goal: 'p99 < 10 ms', kubeProxy: '–' },
  {
    what: 'change sent to first byte, at rest',
    of: (s) => both(s.atRest.fromRequest),
    goal: '–',
    kubeProxy: '6,760 ms',
  },
  { what: 'the same under churn', of: (s) => both(s.churn.fromRequest), goal: '–', kubeProxy: '–' },
  { what: 'churn reached, slice changes/s', of: (s) => s.churnedPerSecond.toFixed(0), goal: '50', kubeProxy: '–' },
];

/** A column for each stage. */
export function scaleTable(stages: readonly StageResult[]): string {
  const sizes = stages.map(({ services }) => `${services.toLocaleString('en')} Services`);
  const header = ['svclane', ...sizes, 'goal', 'kube-proxy, 10,000'];
  const lines = LINES.map(({ what, of, goal, kubeProxy }) => [what, ...stages.map(of), goal, kubeProxy]);
  return [header, header.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function both({ median, p99 }: Spread): string {
  return `${median.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
}

function delay({ delayP99Ms, delayMaxMs }: StageResult['start']): string {
  return `${delayP99Ms.toFixed(1)} ms (${delayMaxMs.toFixed(0)} ms)`;
}

function ms(value: number): string {
  return `${Math.round(value).toLocaleString('en')} ms`;
}

function mb(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
