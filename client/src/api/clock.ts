/** The server's clock, as far as its answers tell: this machine's may be wrong by hours, and ages would be with it. */

/** Answers tell whole seconds and take a while to come; a clock that differs by less is right. */
const tolerated = 5_000;
let ahead = 0;

/** Takes the time that an answer tells. */
export function hearClock(response: Response): void {
  const told = Date.parse(response.headers.get('date') ?? '');
  if (Number.isNaN(told)) return;
  const difference = told - Date.now();
  ahead = Math.abs(difference) < tolerated ? 0 : difference;
}

/** How far the server's clock is ahead of this machine's, in milliseconds. */
export function serverAhead(): number {
  return ahead;
}

export function serverNow(): number {
  return Date.now() + ahead;
}
