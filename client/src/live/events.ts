/** Reads a stream of server-sent events as the HTML standard says, of bytes that come in any pieces. */

export interface ServerEvent {
  event: string;
  data: string;
  /** A line of it was longer than the bound, and left out. */
  isCut: boolean;
}

/** Characters of one line; two hundred of the longest entries fit in. */
const longestLine = 32 << 20;

export class EventReader {
  /** Of the last event that had one; empty when none had. */
  lastId = '';
  /** Milliseconds that the server wants the next connection to wait. */
  retry: number | undefined;

  private readonly decoder = new TextDecoder();
  /** What came of a line that has no end yet. */
  private pieces: string[] = [];
  private length = 0;
  private endedWithReturn = false;
  private event = '';
  private data: string[] = [];
  private id: string | undefined;
  private isCut = false;

  constructor(private readonly longest = longestLine) {}

  /** The events that these bytes complete. */
  push(bytes: Uint8Array): ServerEvent[] {
    const events: ServerEvent[] = [];
    let text = this.decoder.decode(bytes, { stream: true });
    if (text === '') return events;
    if (this.endedWithReturn && text.startsWith('\n')) text = text.slice(1);
    this.endedWithReturn = text === '' ? false : text.endsWith('\r');
    let from = 0;
    for (const end of text.matchAll(/\r\n|\n|\r/g)) {
      this.keep(text.slice(from, end.index));
      from = end.index + end[0].length;
      const event = this.line();
      if (event) events.push(event);
    }
    this.keep(text.slice(from));
    return events;
  }

  private keep(piece: string): void {
    if (piece === '') return;
    this.length += piece.length;
    if (this.length <= this.longest) this.pieces.push(piece);
    else this.pieces = this.pieces.slice(0, 1);
  }

  private line(): ServerEvent | undefined {
    const isLong = this.length > this.longest;
    const line = this.pieces.join('');
    this.pieces = [];
    this.length = 0;
    if (isLong) {
      this.isCut = true;
      return undefined;
    }
    if (line === '') return this.dispatch();
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'event') this.event = value;
    else if (name === 'data') this.data.push(value);
    else if (name === 'id' && !value.includes('\0')) this.id = value;
    else if (name === 'retry' && /^\d+$/.test(value)) this.retry = Number(value);
    return undefined;
  }

  private dispatch(): ServerEvent | undefined {
    const { event, data, isCut } = this;
    if (this.id !== undefined) this.lastId = this.id;
    this.event = '';
    this.data = [];
    this.isCut = false;
    if (data.length === 0 && !isCut) return undefined;
    return { event: event || 'message', data: data.join('\n'), isCut };
  }
}
