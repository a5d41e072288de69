/**
 * A command line that cannot be understood: one `error:` line and one `hint:` line, whichever command it is.
 */

import type { Command } from 'commander';

/** Words that other programs have for it, with the command that they are typed behind. */
const OTHER_WORDS: ReadonlyMap<string, string> = new Map([
  ['bundle', 'record --once -o FILE'],
  ['check', 'doctor'],
  ['gather-logs', 'record --once -o FILE'],
  ['list', 'get routes'],
  ['logs', 'tap'],
  ['observe', 'tap'],
  ['port-forward', 'forward'],
  ['serve', 'run'],
  ['start', 'run'],
  ['status', 'get routes; of the whole: doctor'],
  ['sysdump', 'record --once -o FILE'],
  ['trace', 'explain'],
  ['get connections', 'get conns'],
  ['get flows', 'get conns; of UDP: get udp'],
  ['get po', 'get endpoints'],
  ['get pods', 'get endpoints'],
]);

/** Where a command stands: `kubectl svclane`, then `get`. */
interface Place {
  readonly program: string;
  readonly parents: readonly string[];
}

/** Lets each command of the tree, as it is now, tell its errors so. */
export function tellUsageErrors(command: Command, place: Place = { program: command.name(), parents: [] }): void {
  command.showHelpAfterError(false).configureOutput({
    outputError: (text, write) => write(formatUsageError(text, place)),
  });
  for (const child of command.commands) {
    tellUsageErrors(child, { ...place, parents: [...place.parents, child.name()] });
  }
}

/** What commander says, and the word that was probably meant, else where to look. */
function formatUsageError(text: string, place: Place): string {
  const [first = ''] = text.trim().split('\n');
  const help = [place.program, ...place.parents, '--help'].join(' ');
  return `error: ${first.replace(/^error: /i, '')}\nhint: ${meantBy(text, place) ?? help}\n`;
}

function meantBy(text: string, { program, parents }: Place): string | undefined {
  const [, near] = /\(Did you mean (?:one of )?([^?]+)\?\)/.exec(text) ?? [];
  const [, word = ''] = /unknown command '([^']+)'/.exec(text) ?? [];
  const other = OTHER_WORDS.get([...parents, word].join(' '));
  if (other !== undefined) return `here it is ${program} ${other}`;
  return near === undefined ? undefined : `did you mean ${near.replaceAll(', ', ' or ')}?`;
}
