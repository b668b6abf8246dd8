/** What `GET /v1/admin/mesh` and its kin answer, as far as this screen reads it. */

export interface Instance {
  instance: string;
  version: string;
  address: string;
  state: 'starting' | 'ready' | 'stopping' | 'stopped' | (string & {});
  /** The reason, by part. */
  degraded: Record<string, string>;
  started_at: string;
  last_seen: string;
}

export interface Service {
  name: string;
  instances: Instance[];
}

export type Door = 'broker' | 'listener';

/** What all doors together are asked for by one row of the table, per second. Figures are null until they are known. */
export interface Route {
  route: string;
  calls_per_second: number | null;
  errors_per_second: number | null;
  /** Over what it calls, such as `grpc`; `event` where a queue takes it. Doors of older versions do not say. */
  line: string | null;
  /** Whom it calls. */
  service: string | null;
  /** Where calls of it come in. */
  door: Door | null;
  p95_ms: number | null;
}

export interface Mesh {
  services: Service[];
  routes: Route[];
  /** Sentences in English, as they are. */
  alarms: string[];
  heard_since: string;
}

/** Of `GET /v1/admin/queues`: names are enough here. */
export interface QueueNames {
  queues: { name: string }[];
}
