/**
 * Colours, where a person sees them: on a terminal, unless NO_COLOR, TERM=dumb or `--no-color` forbid; FORCE_COLOR beats the
 * terminal.
 *
 * Text is written plain, and painted as a whole when it is done: what is printed elsewhere is the same to the byte, and a
 * name that somebody chose is made harmless before.
 */

import { styleText } from 'node:util';

/** A colour, or a way to write, as `util.styleText` knows them. */
export type Style = Parameters<typeof styleText>[0];

/** Paints a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** What is painted how. A pattern has no capturing group, and sees one line. */
export type ColorRules = readonly (readonly [pattern: RegExp, style: Style])[];

/** Leaves everything as it is. */
export const PLAIN: Paint = (_, text) => text;

/** How a stream is painted. Source: Node.js, util.styleText; no-color.org. */
export function paintFor(stream: NodeJS.WritableStream): Paint {
  return (style, text) => (text === '' ? '' : styleText(style, text, { stream }));
}

/** Paints every match in a text; where several begin at the same place, the first rule has it. */
export function painted(text: string, rules: ColorRules, paint: Paint = paintFor(process.stdout)): string {
  if (paint === PLAIN) return text;
  const all = new RegExp(rules.map(([{ source }]) => `(${source})`).join('|'), 'gmu');
  return text.replace(all, (match: string, ...groups: unknown[]) => {
    const index = groups.slice(0, rules.length).findIndex((group) => group !== undefined);
    const style = rules[index]?.[1];
    return style === undefined ? match : paint(style, match);
  });
}

/** From here on there are no colours, whatever the environment says. */
export function forbidColor(): void {
  process.env.NO_COLOR = '1';
  delete process.env.FORCE_COLOR;
}
