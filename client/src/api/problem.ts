/** An error as the broker tells it (RFC 9457), or as the browser does where no answer came. */

export interface FieldError {
  field: string;
  detail: string;
}

export class Problem extends Error {
  readonly title: string;
  /** HTTP's, 0 where no answer came. */
  readonly status: number;
  readonly code: string;
  readonly traceId: string | undefined;
  /** Seconds, from `Retry-After`. */
  readonly retryAfter: number | undefined;
  readonly errors: FieldError[];

  constructor(parts: {
    title: string;
    status: number;
    detail?: string;
    code?: string;
    traceId?: string;
    retryAfter?: number;
    errors?: FieldError[];
  }) {
    super(parts.detail ?? parts.title);
    this.name = 'Problem';
    this.title = parts.title;
    this.status = parts.status;
    this.code = parts.code ?? '';
    this.traceId = parts.traceId;
    this.retryAfter = parts.retryAfter;
    this.errors = parts.errors ?? [];
  }

  /** What is wrong with this field, if anything is. */
  of(field: string): string | undefined {
    return this.errors.find((error) => error.field === field)?.detail;
  }
}
