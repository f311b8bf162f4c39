/**
 * C0 and C1 controls, line and paragraph separators, and the marks that reverse or hide text (bidirectional controls,
 * zero-width characters): whatever could move a cursor, forge a line or disguise a name.
 */
const UNPRINTABLE =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/gu

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * Text of somebody else (names, server messages, file contents) as one harmless line: control characters become
 * visible escapes such as `\x1b`.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escape)
}

/** As {@link printable}, line by line, without trailing white space. */
export function printableLines(text: string): readonly string[] {
  return text
    .replace(/\s+$/, '')
    .split(/\r\n|\n|\r/)
    .map((line) => printable(line.trimEnd()))
}

function escape(character: string): string {
  const short = SHORT[character]
  if (short !== undefined) return short
  const code = character.codePointAt(0) as number
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`
}
