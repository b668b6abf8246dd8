/** A body that is no JSON, as bytes: sixteen in a line, each as two hexadecimal digits and as a character. */

/** What the server puts in the place of bytes that are no UTF-8. */
export const REPLACED = '\uFFFD';
const WIDTH = 16;

/** `??` stands for bytes that came to us replaced already: how many they were is not known any more. */
export function dump(text: string, lines = Number.POSITIVE_INFINITY): string {
  const cells: { hex: string; shown: string }[] = [];
  const encoder = new TextEncoder();
  for (const character of text) {
    if (cells.length >= lines * WIDTH) break;
    if (character === REPLACED) cells.push({ hex: '??', shown: REPLACED });
    else
      for (const byte of encoder.encode(character)) {
        const shown = byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
        cells.push({ hex: byte.toString(16).padStart(2, '0'), shown });
      }
  }
  const rows: string[] = [];
  for (let at = 0; at < Math.min(cells.length, lines * WIDTH); at += WIDTH) {
    const row = cells.slice(at, at + WIDTH);
    const hex = row.map((cell) => cell.hex).join(' ');
    rows.push(
      `${at.toString(16).padStart(6, '0')}  ${hex.padEnd(WIDTH * 3)} ${row.map((cell) => cell.shown).join('')}`,
    );
  }
  return rows.join('\n');
}
