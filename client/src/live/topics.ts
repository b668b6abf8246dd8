/** What is watched: for each topic who watches it, what came last, and how current that is. Whoever watches is told once
 *  before the next picture is drawn. */
import type { Problem } from '@/api/problem';
import { hasCursor } from './cursors';
import type { LiveState, LogEvent } from './live';
import { LogBuffer } from './log';
import type { Message } from './message';

export type TakeLog = (events: LogEvent<{ id: string }>[]) => void;

export interface Seen {
  data: unknown;
  at: number | undefined;
  state: LiveState;
  problem: Problem | undefined;
}

export interface Topic {
  isLog: boolean;
  watchers: Set<() => void>;
  takers: Map<TakeLog, LogBuffer>;
  data: unknown;
  at: number | undefined;
  problem: Problem | undefined;
  /** The server will not try again. */
  isRefused: boolean;
  /** A connection has said hello that brings it. */
  isOn: boolean;
  /** Was on when the connection was lost. */
  wasOn: boolean;
  seen: Seen;
}

export class Topics {
  private readonly topics = new Map<string, Topic>();
  private readonly changed = new Set<string>();
  private isDrawing = false;

  constructor(
    /** Once before the next picture is drawn. */
    private readonly frame: (draw: () => void) => void,
    private readonly connection: () => LiveState,
  ) {}

  get size(): number {
    return this.topics.size;
  }

  names(): string[] {
    return [...this.topics.keys()];
  }

  /** What a connection has to bring; figures can be left out. */
  wanted(figures: boolean): string[] {
    const names = [...this.topics].filter(([, topic]) => topic.isLog || figures).map(([name]) => name);
    return names.sort();
  }

  get(name: string): Topic | undefined {
    return this.topics.get(name);
  }

  seen(name: string): Seen {
    return this.topics.get(name)?.seen ?? unseen;
  }

  add(name: string, isLog: boolean): Topic {
    const topic: Topic = {
      isLog,
      watchers: new Set(),
      takers: new Map(),
      data: undefined,
      at: undefined,
      problem: undefined,
      isRefused: false,
      isOn: false,
      wasOn: false,
      seen: unseen,
    };
    this.topics.set(name, topic);
    return topic;
  }

  /** Whether nobody watches it any more. */
  isLeft(name: string, topic: Topic): boolean {
    return topic.watchers.size === 0 && this.topics.get(name) === topic;
  }

  remove(name: string): void {
    this.topics.delete(name);
  }

  take(name: string, message: Exclude<Message, { event: 'hello' }>): void {
    const topic = this.topics.get(name);
    if (topic) this.takeFor(name, topic, message);
  }

  /** Nobody knows whose entries are missing, or how many. */
  gapInAll(): void {
    for (const [name, topic] of this.topics) if (topic.isLog) this.gap(name, topic, undefined);
  }

  /** Nothing comes any more. */
  lost(): void {
    for (const [name, topic] of this.topics) {
      topic.wasOn ||= topic.isOn;
      topic.isOn = false;
      this.touch(name);
    }
  }

  /** A connection brings these from now on. */
  greeted(names: string[], lastId: string): void {
    for (const [name, topic] of this.topics) {
      const isOn = names.includes(name);
      // Nothing to resume by: what came meanwhile is nowhere.
      if (isOn && topic.isLog && topic.wasOn && !hasCursor(lastId, name)) this.gap(name, topic, undefined);
      topic.isOn = isOn;
      topic.wasOn = false;
      if (topic.isRefused) topic.problem = undefined;
      topic.isRefused = false;
      this.touch(name);
    }
  }

  /** Those that no other connection brings stay without. */
  refused(names: string[], problem: Problem | undefined): void {
    for (const name of names) {
      const topic = this.topics.get(name);
      if (!topic || topic.isOn) continue;
      topic.problem = problem;
      topic.isRefused = problem !== undefined;
      this.touch(name);
    }
  }

  /** Nothing of a user who has left may stay. */
  forget(): void {
    for (const [name, topic] of this.topics) {
      Object.assign(topic, { data: undefined, at: undefined, isOn: false, wasOn: false, problem: undefined });
      this.touch(name);
    }
  }

  touchAll(): void {
    for (const name of this.topics.keys()) this.touch(name);
  }

  private takeFor(name: string, topic: Topic, message: Exclude<Message, { event: 'hello' }>): void {
    if (message.event === 'gap') return this.gap(name, topic, message.missed);
    if (message.event === 'snapshot') {
      topic.data = message.data;
      topic.at = Date.now();
      topic.problem = undefined;
      topic.isRefused = false;
      this.touch(name);
    } else if (message.event === 'problem') {
      topic.problem = message.problem;
      topic.isRefused = message.ended;
      this.touch(name);
    } else if (message.event === 'entries') {
      if (topic.problem) {
        topic.problem = undefined;
        topic.isRefused = false;
      }
      for (const buffer of topic.takers.values()) if (buffer.put(message.entries)) this.touch(name);
    }
  }

  private gap(name: string, topic: Topic, missed: number | undefined): void {
    for (const buffer of topic.takers.values()) buffer.gap(missed);
    this.touch(name);
  }

  private touch(name: string): void {
    this.changed.add(name);
    if (this.isDrawing) return;
    this.isDrawing = true;
    this.frame(() => this.draw());
  }

  private draw(): void {
    this.isDrawing = false;
    const names = [...this.changed];
    this.changed.clear();
    for (const name of names) {
      const topic = this.topics.get(name);
      if (!topic) continue;
      topic.seen = { data: topic.data, at: topic.at, state: this.stateOf(topic), problem: topic.problem };
      for (const watcher of topic.watchers) watcher();
      for (const [take, buffer] of topic.takers) {
        const events = buffer.take();
        if (events.length > 0) take(events);
      }
    }
  }

  private stateOf(topic: Topic): LiveState {
    if (topic.isRefused) return 'refused';
    if (topic.isOn) return 'live';
    // One that was just added to a connection that stands is not lost.
    return this.connection() === 'live' ? 'connecting' : this.connection();
  }
}

const unseen: Seen = { data: undefined, at: undefined, state: 'connecting', problem: undefined };
