/**
 * What kills a forward, or might: each trial is done to a program of its own.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { Gen, Held, Report } from './gen.ts';
import type { Program, ProgramName, Programs, Wanted } from './program.ts';
import { BULK_PORT, HTTP_PORT, type Stage } from './stage.ts';

/** How a program fared. `good` and `bad` are requests of clients; both are 0 where none counted. */
export interface Outcome {
  readonly trial: string;
  readonly program: ProgramName;
  /** It runs still, and answers at the same local port. */
  readonly survived: boolean;
  readonly good: number;
  readonly bad: number;
}

export interface Trial {
  readonly name: string;
  readonly title: string;
  /** Of what `good` and `bad` are counts; "" = they say nothing. */
  readonly counted: string;
  readonly target: 'svc/one' | 'svc/web';
  /** Does it; gives what clients saw. */
  torment(program: Program, gen: Gen, stage: Stage): Promise<Report>;
}

const CLIENTS_OF_ROLLOUT = 8;
const AFTER_ROLLOUT_MS = 2000;
const CONNECTIONS = 1000;
const RESETS = 20;

export const TRIALS: readonly Trial[] = [
  {
    name: 'rollout',
    title: 'All pods of the Service are replaced, under load',
    counted: 'requests',
    target: 'svc/web',
    async torment(program, gen, stage) {
      const load = await gen.hold('new-until', program.address(HTTP_PORT), String(CLIENTS_OF_ROLLOUT));
      await stage.rollOut();
      await delay(AFTER_ROLLOUT_MS);
      return load.finish();
    },
  },
  {
    name: 'reset',
    title: `${RESETS} clients reset their connections amid a transfer`,
    counted: '',
    target: 'svc/one',
    torment: (program, gen) => gen.run('laptop', 'reset', program.address(BULK_PORT), String(RESETS)),
  },
  {
    name: 'burst',
    title: `${CONNECTIONS.toLocaleString('en')} connections at once`,
    counted: 'connections',
    target: 'svc/one',
    torment: (program, gen) => gen.run('laptop', 'burst', program.address(HTTP_PORT), String(CONNECTIONS)),
  },
];

/** Tries a program. */
export async function runTrial(
  trial: Trial,
  name: ProgramName,
  { programs, gen, stage }: { readonly programs: Programs; readonly gen: Gen; readonly stage: Stage },
): Promise<Outcome> {
  const program = await programs.start(name, [wantedOf(trial.target, programs)]);
  try {
    const { good = 0, bad = 0 } = await trial.torment(program, gen, stage);
    return { trial: trial.name, program: name, survived: await program.serves(), good, bad };
  } finally {
    await program.stop();
  }
}

interface IdleOne {
  readonly program: Program;
  readonly client: Held;
}

/** Two programs that are left alone, each with a client that says nothing, until they are asked again. */
export class IdleTrial {
  static readonly NAME = 'idle';
  readonly #started: readonly IdleOne[];

  private constructor(started: readonly IdleOne[]) {
    this.#started = started;
  }

  static async begin(names: readonly ProgramName[], programs: Programs, gen: Gen): Promise<IdleTrial> {
    const started: IdleOne[] = [];
    for (const name of names) {
      const program = await programs.start(name, [wantedOf('svc/one', programs)]);
      started.push({ program, client: await gen.hold('idle', program.address(HTTP_PORT)) });
    }
    return new IdleTrial(started);
  }

  /** Asks once over the connections that were silent, and by new ones. */
  async end(): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const { program, client } of this.#started) {
      const { good = 0, bad = 0 } = await client.finish();
      const survived = await program.serves();
      outcomes.push({ trial: IdleTrial.NAME, program: program.name, survived, good, bad });
      await program.stop();
    }
    return outcomes;
  }
}

function wantedOf(target: string, programs: Programs): Wanted {
  const [http = 0, bulk = 0] = programs.ports(2);
  return {
    target,
    pairs: [
      { local: http, remote: HTTP_PORT },
      { local: bulk, remote: BULK_PORT },
    ],
  };
}
