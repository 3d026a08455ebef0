import type { Interaction } from '../activity/interaction.js';
import type { Channel, Device, Verb } from '../learners/profileEvent.js';

/** The sending system that all events of the demo name. */
const DEMO_SOURCE = 'demo-portal';

/** The record of one learner: everything written until the end of their time, in the end sorted by time. */
export class Journal {
  private readonly events: Interaction[] = [];
  private latestMs = Number.NEGATIVE_INFINITY;
  private inOrder = true;
  private device: Device = 'DESKTOP';
  private channel: Channel = 'PORTAL';

  /** Nothing after `lastMs` is recorded, so a plan may reach beyond it. */
  constructor(
    private readonly learnerId: string,
    private readonly lastMs: number,
  ) {}

  get length(): number {
    return this.events.length;
  }

  /** How the learner comes to what follows. */
  arrive(device: Device, channel: Channel): void {
    this.device = device;
    this.channel = channel;
  }

  /** As `arrive`, for what `record` writes and no longer. */
  arriveOnce(device: Device, channel: Channel, record: () => void): void {
    const [usualDevice, usualChannel] = [this.device, this.channel];
    this.arrive(device, channel);
    record();
    this.arrive(usualDevice, usualChannel);
  }

  course(
    verb: Verb,
    atMs: number,
    courseId: string,
    durationSeconds: number | null = null,
    progress: number | null = null,
    score: number | null = null,
  ): void {
    this.write(verb, atMs, courseId, durationSeconds, progress, score, null, null, null);
  }

  search(atMs: number, query: string, resultCount: number): void {
    this.write('SEARCHED', atMs, null, null, null, null, query, resultCount, '/search');
  }

  visit(atMs: number, page: string, durationSeconds: number): void {
    this.write('VISITED', atMs, null, durationSeconds, null, null, null, null, page);
  }

  inOrderOfTime(): readonly Interaction[] {
    if (!this.inOrder) this.events.sort((a, b) => a.at.getTime() - b.at.getTime());
    return this.events;
  }

  private write(
    verb: Verb,
    atMs: number,
    courseId: string | null,
    durationSeconds: number | null,
    progress: number | null,
    score: number | null,
    query: string | null,
    resultCount: number | null,
    page: string | null,
  ): void {
    if (atMs > this.lastMs) return;
    if (atMs < this.latestMs) this.inOrder = false;
    this.latestMs = atMs;
    this.events.push({
      source: DEMO_SOURCE,
      eventId: `${this.learnerId}-${this.events.length + 1}`,
      learnerId: this.learnerId,
      courseId,
      verb,
      at: new Date(atMs),
      device: this.device,
      channel: this.channel,
      durationSeconds,
      progress,
      score,
      query,
      resultCount,
      page,
      servedListId: null,
      reason: null,
    });
  }
}
