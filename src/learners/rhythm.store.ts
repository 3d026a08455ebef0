import type { DataSource } from 'typeorm';
import { HOUR_MS } from '../platform/zonedTime.js';
import { isProcessed } from './processed.js';
import type { SittingCount } from './sittings.js';

/** When, on what and for how long somebody learns, as far as delivering needs it. */
export interface LearnerRhythm {
  /** UTC clock hours in which they did something, as the instants they begin at, in order. */
  readonly activeHourStartsMs: readonly number[];
  /** Since when activity would have been seen; null: we were not told about them. */
  readonly observedSinceMs: number | null;
  readonly touchpoints: readonly Touchpoint[];
  /** Shortest first. */
  readonly sittings: readonly SittingCount[];
}

export interface Touchpoint {
  /** A device, or UNKNOWN. */
  readonly device: string;
  /** A channel, or UNKNOWN. */
  readonly channel: string;
  readonly events: number;
}

/** Somebody of a sample, by their place in the order of drawing. */
export interface SampledRhythm {
  readonly place: string;
  readonly learnerId: string;
  readonly timezone: string | null;
  readonly department: string | null;
  readonly location: string | null;
  readonly hourStartsMs: readonly number[];
  /** Since when activity would have been seen. */
  readonly observedSinceMs: number;
}

/**
 * Clock hours since 1970, in order. As JSON of whole numbers they are read several times as fast as an array of instants,
 * and there are hundreds of them for each of thousands of people.
 */
const hoursOf = (learnerId: string, since: string) => `COALESCE((
  SELECT json_agg((extract(epoch FROM hour.hour_start) / 3600)::integer ORDER BY hour.hour_start)
  FROM learner_active_hour hour WHERE hour.learner_id = ${learnerId} AND hour.hour_start >= ${since}), '[]')`;

/**
 * Since when activity of a learner would have been seen. Some are stored when they first come to a portal, to do something
 * there: the first day is left out, so that the time observed does not begin with what made it begin.
 */
const observedSinceMs = (learner: string, since: string) => `(1000 * extract(epoch FROM GREATEST(
  ${since}::timestamptz, ${learner}.known_since + interval '1 day', ${learner}.hired_on::timestamp AT TIME ZONE 'UTC'
)))::double precision`;

const startsMs = (hours: readonly number[]): number[] => hours.map((hour) => hour * HOUR_MS);

/** Reads when learners are active, as it is folded from the log. */
export class RhythmStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** In the order of the ids; one round trip for any number of learners. */
  async rhythms(learnerIds: readonly string[], since: Date): Promise<LearnerRhythm[]> {
    const rows = (await this.#dataSource.query(
      `SELECT ${hoursOf('asked.id', '$2')} AS hours,
         (SELECT ${observedSinceMs('learner', '$2')} FROM learner WHERE learner.id = asked.id) AS "observedSinceMs",
         COALESCE((SELECT json_agg(json_build_object('device', t.device, 'channel', t.channel, 'events', t.events)
             ORDER BY t.device, t.channel)
           FROM learner_touchpoint t WHERE t.learner_id = asked.id), '[]') AS touchpoints,
         COALESCE((SELECT json_agg(json_build_object('minutes', l.minutes, 'sittings', l.sittings) ORDER BY l.minutes)
           FROM (SELECT s.minutes, sum(s.sittings) AS sittings FROM learner_sitting s
             WHERE s.learner_id = asked.id GROUP BY s.minutes) l), '[]') AS sittings
       FROM unnest($1::text[]) WITH ORDINALITY AS asked (id, place)
       ORDER BY asked.place`,
      [learnerIds, since],
    )) as (Omit<LearnerRhythm, 'activeHourStartsMs'> & { readonly hours: readonly number[] })[];
    return rows.map(({ hours, observedSinceMs, touchpoints, sittings }) => ({
      activeHourStartsMs: startsMs(hours),
      observedSinceMs,
      touchpoints,
      sittings,
    }));
  }

  /**
   * Active hours of a part of the active learners, drawn by a hash of their ids so that everyone is as likely and the
   * same people come every time. Pages keep the event loop free; `learner_sample_ix` has the order, so that each page
   * reads its own people alone.
   */
  async sample(since: Date, after: string, limit: number): Promise<SampledRhythm[]> {
    const rows = (await this.#dataSource.query(
      `SELECT drawn.place, drawn.id AS "learnerId", drawn.timezone, drawn.department, drawn.location, ${hoursOf('drawn.id', '$1')} AS hours,
         ${observedSinceMs('drawn', '$1')} AS "observedSinceMs"
       FROM (
         SELECT md5(learner.id) AS place, learner.id, learner.timezone, learner.department, learner.location,
           learner.known_since, learner.hired_on
         FROM learner
         WHERE learner.active AND NOT learner.personalisation_opt_out AND learner.restricted_at IS NULL
           AND md5(learner.id) > $2
         ORDER BY md5(learner.id) LIMIT $3) drawn
       ORDER BY drawn.place`,
      [since, after, limit],
    )) as (Omit<SampledRhythm, 'hourStartsMs'> & { readonly hours: readonly number[] })[];
    return rows.map(({ hours, ...person }) => ({ ...person, hourStartsMs: startsMs(hours) }));
  }

  async touchpointTotals(): Promise<Touchpoint[]> {
    return (await this.#dataSource.query(
      `SELECT t.device, t.channel, sum(t.events)::double precision AS events
       FROM learner_touchpoint t WHERE ${isProcessed('t.learner_id')} GROUP BY t.device, t.channel ORDER BY t.device, t.channel`,
    )) as Touchpoint[];
  }
}
