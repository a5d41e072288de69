/**
 * A YAML stream cut into the texts of its documents.
 */

/** A part of the stream. `line` = the line of the stream, from 0, on which it begins. */
export interface DocumentText {
  readonly text: string;
  readonly line: number;
}

/** `---` or `...` where it separates documents: YAML allows it nowhere else at the beginning of a line. */
const MARKER = /(?<![^\r\n])\uFEFF?(---|\.\.\.)(?![^ \t\r\n])/g;
/** A line that is more than a comment or a directive. */
const CONTENT = /(?<![^\r\n])\uFEFF?(?!%)[ \t]*[^ \t\r\n#]/;

/**
 * The texts in order, together the whole stream; each has one document, or none but comments. A document that is wrong
 * then leaves the others as they are. Comments and directives belong to the document after them.
 *
 * Source: YAML 1.2, production c-forbidden; kubectl cuts a stream before it parses.
 */
export function documentTexts(stream: string): readonly DocumentText[] {
  const starts = [0];
  for (const { 0: found, 1: marker, index } of stream.matchAll(MARKER)) {
    if (marker === '...') starts.push(nextLine(stream, index + found.length));
    else if (CONTENT.test(stream.slice(starts.at(-1), index))) starts.push(index);
  }
  if (starts.length === 1) return [{ text: stream, line: 0 }];
  let line = 0;
  return starts.map((start, part) => {
    const text = stream.slice(start, starts[part + 1]);
    const first = line;
    line += countLineBreaks(text);
    return { text, line: first };
  });
}

/** How many lines end within a text. */
function countLineBreaks(text: string): number {
  return text.match(LINE_BREAK)?.length ?? 0;
}

const LINE_BREAK = /\r\n?|\n/g;

function nextLine(stream: string, from: number): number {
  const rest = /\r\n?|\n/g;
  rest.lastIndex = from;
  return rest.exec(stream) === null ? stream.length : rest.lastIndex;
}
