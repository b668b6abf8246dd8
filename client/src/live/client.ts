/** The live client without React: makes the connection that the watched topics need, replaces it without a hole when they
 *  change, and makes it anew when it is lost. */
import type { Problem } from '@/api/problem';
import type { SessionStore } from '@/session/session';
import { pauseAfter } from './backoff';
import { connect, type End, silence } from './connection';
import { resumable } from './cursors';
import type { LiveState } from './live';
import { LogBuffer } from './log';
import type { Message } from './message';
import { type ConnectionState, Standing } from './standing';
import { type Seen, type TakeLog, type Topic, Topics } from './topics';

interface Connection {
  topics: string[];
  stop: AbortController;
  hasGreeted: boolean;
  heardAt: number;
}

export interface LiveParts {
  session: Pick<SessionStore, 'token' | 'refused' | 'subscribe' | 'current'>;
  /** Once before the next picture is drawn. */
  frame(draw: () => void): void;
  random?: () => number;
}

const gathering = 50;
const hiddenFor = 60_000;
const longestBye = 30_000;

export class LiveClient {
  private readonly topics: Topics;
  private readonly standing = new Standing();
  private current: Connection | undefined;
  /** Opened beside the current one, which it replaces at its hello. */
  private next: Connection | undefined;
  private lastId = '';
  private failures = 0;
  /** By `performance.now()`; what the server asked for holds whatever happens here. */
  private notBefore = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private hiddenTimer: ReturnType<typeof setTimeout> | undefined;
  private figuresPaused = false;
  private user: string | undefined;

  constructor(private readonly parts: LiveParts) {
    this.topics = new Topics(parts.frame, () => this.state.state);
    parts.session.subscribe(() => this.sessionChanged());
  }

  watch(name: string, watcher: () => void): () => void {
    const topic = this.topic(name, false);
    topic.watchers.add(watcher);
    return () => {
      topic.watchers.delete(watcher);
      this.tidy(name, topic);
    };
  }

  /** `stateChanged` is told of the topic's state, `take` of what comes. */
  follow(name: string, take: TakeLog, stateChanged: () => void): () => void {
    const topic = this.topic(name, true);
    topic.watchers.add(stateChanged);
    topic.takers.set(take, new LogBuffer());
    return () => {
      topic.watchers.delete(stateChanged);
      topic.takers.delete(take);
      this.tidy(name, topic);
    };
  }

  seen(name: string): Seen {
    return this.topics.seen(name);
  }

  connection(): ConnectionState {
    return this.standing.current();
  }

  onConnection(watcher: () => void): () => void {
    return this.standing.watch(watcher);
  }

  /** The network is back, or somebody looks again. */
  wake(): void {
    const isDead = this.current && Date.now() - this.current.heardAt > silence;
    if (isDead) this.current?.stop.abort();
    else if (!this.current && this.wanted().length > 0 && this.state.state !== 'refused') {
      this.openSoon(Math.max(0, this.notBefore - performance.now()));
    }
  }

  hidden(isHidden: boolean): void {
    clearTimeout(this.hiddenTimer);
    if (isHidden) {
      this.hiddenTimer = setTimeout(() => this.pauseFigures(true), hiddenFor);
      return;
    }
    this.pauseFigures(false);
    this.wake();
  }

  private pauseFigures(paused: boolean): void {
    if (this.figuresPaused === paused) return;
    this.figuresPaused = paused;
    this.setChanged();
  }

  private topic(name: string, isLog: boolean): Topic {
    const known = this.topics.get(name);
    if (known) return known;
    const topic = this.topics.add(name, isLog);
    if (this.state.idle || this.state.state === 'refused') this.become('connecting');
    this.setChanged();
    return topic;
  }

  private tidy(name: string, topic: Topic): void {
    if (!this.topics.isLeft(name, topic)) return;
    // What React unmounts and mounts again at once was never gone.
    setTimeout(() => {
      if (!this.topics.isLeft(name, topic)) return;
      this.topics.remove(name);
      this.lastId = resumable(this.lastId, this.topics.names());
      this.setChanged();
    }, gathering);
  }

  private wanted(): string[] {
    return this.topics.wanted(!this.figuresPaused);
  }

  private setChanged(): void {
    const isPausing = !this.current && this.timer !== undefined && this.failures > 0;
    if (!isPausing || this.wanted().length === 0) this.openSoon(gathering);
  }

  private openSoon(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.adapt();
    }, milliseconds);
  }

  /** Makes the connection that the watched topics need. */
  private adapt(): void {
    const topics = this.wanted();
    if (topics.length === 0) {
      this.closeAll();
      this.lastId = '';
      this.become('connecting');
      return;
    }
    const latest = this.next ?? this.current;
    if (latest && latest.topics.join() === topics.join()) return;
    this.next?.stop.abort();
    const opened: Connection = { topics, stop: new AbortController(), hasGreeted: false, heardAt: Date.now() };
    if (this.current) this.next = opened;
    else this.current = opened;
    void this.run(opened);
  }

  private closeAll(): void {
    this.current?.stop.abort();
    this.next?.stop.abort();
    this.current = undefined;
    this.next = undefined;
  }

  private async run(connection: Connection): Promise<void> {
    let token: string | undefined;
    let end: End;
    try {
      token = await this.parts.session.token();
      if (connection.stop.signal.aborted) return this.over(connection);
      if (token === undefined) return this.refused(connection, undefined);
      end = await connect({
        url: `/v1/live?topics=${connection.topics.map(encodeURIComponent).join(',')}`,
        token,
        lastId: resumable(this.lastId, connection.topics),
        signal: connection.stop.signal,
        take: (message, lastId) => this.take(connection, message, lastId),
      });
      const isRefusedToken = end.kind === 'failed' && end.problem.status === 401;
      const isRevoked = end.kind === 'bye' && (end.reason === 'expired' || end.reason === 'revoked');
      if (this.isOurs(connection) && (isRefusedToken || isRevoked)) {
        this.lost(connection);
        const renewed = await this.parts.session.refused(token);
        if (renewed === undefined) return this.refused(connection, undefined);
        if (this.isOurs(connection)) this.over(connection, this.failures++ === 0 ? 0 : pauseAfter(this.failures));
        return;
      }
    } catch (error) {
      end = { kind: 'failed', problem: error as Problem };
    }
    this.ended(connection, end);
  }

  private isOurs(connection: Connection): boolean {
    return this.current === connection || this.next === connection;
  }

  private ended(connection: Connection, end: End): void {
    if (!this.isOurs(connection)) return;
    const problem = end.kind === 'failed' ? end.problem : undefined;
    // Asking again for what is refused, or wrong, would be told the same.
    if (problem && (problem.status === 403 || problem.status === 400)) return this.refused(connection, problem);
    this.lost(connection);
    let pause = pauseAfter(this.failures++, this.parts.random);
    if (end.kind === 'bye')
      pause = Math.min(Math.max(end.pause, 0), longestBye) * (1 + (this.parts.random ?? Math.random)() / 4);
    if (problem?.retryAfter !== undefined) {
      pause = Math.max(pause, problem.retryAfter * 1000);
      this.notBefore = performance.now() + pause;
    }
    this.over(connection, pause);
  }

  /** Of a connection that is replaced nobody needs to know. */
  private lost(connection: Connection): void {
    if (this.current !== connection) return;
    this.topics.lost();
    this.become(connection.hasGreeted || this.failures > 0 || this.state.state === 'lost' ? 'lost' : 'connecting');
  }

  private over(connection: Connection, pause?: number): void {
    connection.stop.abort();
    if (this.next === connection) this.next = undefined;
    else if (this.current === connection) {
      this.current = this.next;
      this.next = undefined;
    } else return;
    if (pause !== undefined) this.openSoon(pause);
  }

  /** Until another topic is watched, or somebody else signs in. */
  private refused(connection: Connection, problem: Problem | undefined): void {
    if (!this.isOurs(connection)) return;
    const isCurrent = this.current === connection;
    this.over(connection);
    this.topics.refused(connection.topics, problem);
    if (isCurrent) this.become('refused');
  }

  private take(connection: Connection, message: Message, lastId: string): void {
    if (!this.isOurs(connection)) return;
    connection.heardAt = Date.now();
    if (message.event === 'hello') this.greeted(connection);
    // The one that is being replaced speaks until the other has said hello.
    if (lastId) this.lastId = lastId;
    if (message.event === 'hello') return;
    if (message.topic === undefined) this.topics.gapInAll();
    else this.topics.take(message.topic, message);
  }

  private greeted(connection: Connection): void {
    connection.hasGreeted = true;
    this.failures = 0;
    this.lastId = resumable(this.lastId, connection.topics);
    if (this.next === connection) {
      this.current?.stop.abort();
      this.current = connection;
      this.next = undefined;
    }
    this.topics.greeted(connection.topics, this.lastId);
    this.become('live');
  }

  private sessionChanged(): void {
    const { state, user } = this.parts.session.current();
    if (state === 'out') {
      this.closeAll();
      clearTimeout(this.timer);
      this.timer = undefined;
      this.lastId = '';
      this.topics.forget();
      this.become('refused');
    } else if (state === 'in' && (this.state.state === 'refused' || this.user !== user?.id)) {
      if (this.topics.size > 0 && !this.current) this.openSoon(0);
    }
    this.user = user?.id;
  }

  private get state(): ConnectionState {
    return this.standing.current();
  }

  private become(state: LiveState): void {
    const isIdle = this.topics.size === 0 && state !== 'refused';
    this.standing.become(isIdle ? undefined : state, () => this.topics.touchAll());
  }
}
