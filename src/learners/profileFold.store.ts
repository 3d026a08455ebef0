import { instantArray, numberArray, textArray } from '../platform/database/arrayLiterals.js';
import type { Queryable } from '../platform/database/database.js';
import { type CourseState, MIN_VIEW_SECONDS } from './courseState.js';
import type { ProfileDelta } from './profileDelta.js';
import { FOLLOWED_WITHIN_MINUTES, OPENING_VERBS } from './search.js';

/**
 * Adds what new interactions mean to the profiles; the log must hold them already, in the same transaction.
 *
 * The first statement locks the row of every learner concerned until the transaction ends, so that those who write about
 * one learner wait for each other and what is read from the log afterwards misses nothing that others fold. Rows are
 * written in key order, so that writers cannot deadlock.
 */
export async function foldProfiles(transaction: Queryable, delta: ProfileDelta): Promise<void> {
  await foldEvidence(transaction, delta.evidence);
  await foldCourses(transaction, delta.courses);
  await foldActiveHours(transaction, delta.activeHours);
  await foldTouchpoints(transaction, delta.touchpoints);
  await foldPages(transaction, delta.pages);
  await foldSittings(transaction, delta.sittings);
  await foldSearches(transaction, delta.searches);
  await foldOpenings(transaction, delta.openings);
}

/**
 * Empties the profiles of the next learners after an id, and locks them against writers until the transaction ends.
 *
 * @returns their ids in order; none: there are no more
 */
export async function clearProfiles(transaction: Queryable, learnerIds: readonly string[]): Promise<readonly string[]> {
  // Learners without a row get one, as a lock is needed on them too; it goes with the others.
  const locked = (await transaction.query(
    `INSERT INTO learner_profile AS held (learner_id, events, first_at, last_at)
     SELECT page.id, 0, now(), now()
     FROM (SELECT learner.id FROM learner WHERE learner.id = ANY($1::text[]) ORDER BY learner.id FOR KEY SHARE) page
     ORDER BY page.id
     ON CONFLICT (learner_id) DO UPDATE SET events = held.events
     RETURNING held.learner_id AS id`,
    [learnerIds],
  )) as { id: string }[];
  const ids = locked.map(({ id }) => id);
  for (const table of FOLDED_TABLES) {
    await transaction.query(`DELETE FROM ${table} WHERE ${table}.learner_id = ANY($1::text[])`, [ids]);
  }
  return ids;
}

/** Of a held and an added value the later one; of two at the same time the greater. */
const latest = (value: string, at: string, collation = '') => `CASE
           WHEN held.${at} IS NULL OR excluded.${at} > held.${at} THEN excluded.${value}
           WHEN excluded.${at} = held.${at} THEN greatest(excluded.${value}, held.${value}${collation})
           ELSE held.${value} END`;

/** Everything that is folded from the log. */
const FOLDED_TABLES = [
  'learner_course',
  'learner_active_hour',
  'learner_touchpoint',
  'learner_search',
  'learner_page',
  'learner_sitting',
  'learner_profile',
];

async function foldEvidence(transaction: Queryable, evidence: ProfileDelta['evidence']): Promise<void> {
  if (evidence.length === 0) return;
  await transaction.query(
    `INSERT INTO learner_profile AS held (learner_id, events, first_at, last_at)
     SELECT * FROM unnest($1::text[], $2::integer[], $3::timestamptz[], $4::timestamptz[])
       AS new (learner_id, events, first_at, last_at)
     ORDER BY new.learner_id
     ON CONFLICT (learner_id) DO UPDATE SET events = held.events + excluded.events,
       first_at = least(held.first_at, excluded.first_at), last_at = greatest(held.last_at, excluded.last_at)`,
    [
      textArray(evidence.map((e) => e.learnerId)),
      numberArray(evidence.map((e) => e.events)),
      instantArray(evidence.map((e) => e.firstAtMs)),
      instantArray(evidence.map((e) => e.lastAtMs)),
    ],
  );
}

async function foldCourses(transaction: Queryable, courses: ProfileDelta['courses']): Promise<void> {
  if (courses.length === 0) return;
  const instants = (pick: (state: CourseState) => number | null) =>
    instantArray(courses.map(({ state }) => pick(state)));
  await transaction.query(
    `INSERT INTO learner_course AS held (learner_id, course_id, views, starts, attempts, seconds_spent, max_progress,
       abandoned_progress, rating, rated_at, completed_at, passed_at, failed_at, abandoned_at, saved_at, shared_at,
       dismissed_at, dismiss_reason, waived_at, first_at, last_at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[], $5::integer[],
       $6::double precision[], $7::double precision[], $8::double precision[], $9::double precision[],
       $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[],
       $15::timestamptz[], $16::timestamptz[], $17::timestamptz[], $18::text[], $19::timestamptz[], $20::timestamptz[],
       $21::timestamptz[]) AS new (learner_id, course_id)
     ORDER BY new.learner_id, new.course_id
     ON CONFLICT (learner_id, course_id) DO UPDATE SET
       views = held.views + excluded.views,
       starts = held.starts + excluded.starts,
       attempts = held.attempts + excluded.attempts,
       seconds_spent = held.seconds_spent + excluded.seconds_spent,
       max_progress = greatest(held.max_progress, excluded.max_progress),
       abandoned_progress = ${latest('abandoned_progress', 'abandoned_at')},
       rating = ${latest('rating', 'rated_at')},
       rated_at = greatest(held.rated_at, excluded.rated_at),
       completed_at = greatest(held.completed_at, excluded.completed_at),
       passed_at = greatest(held.passed_at, excluded.passed_at),
       failed_at = greatest(held.failed_at, excluded.failed_at),
       abandoned_at = greatest(held.abandoned_at, excluded.abandoned_at),
       saved_at = greatest(held.saved_at, excluded.saved_at),
       shared_at = greatest(held.shared_at, excluded.shared_at),
       dismiss_reason = ${latest('dismiss_reason', 'dismissed_at', ' COLLATE "C"')},
       dismissed_at = greatest(held.dismissed_at, excluded.dismissed_at),
       waived_at = greatest(held.waived_at, excluded.waived_at),
       first_at = least(held.first_at, excluded.first_at),
       last_at = greatest(held.last_at, excluded.last_at)`,
    [
      textArray(courses.map((c) => c.learnerId)),
      textArray(courses.map((c) => c.courseId)),
      numberArray(courses.map((c) => c.state.views)),
      numberArray(courses.map((c) => c.state.starts)),
      numberArray(courses.map((c) => c.state.attempts)),
      numberArray(courses.map((c) => c.state.secondsSpent)),
      numberArray(courses.map((c) => c.state.maxProgress)),
      numberArray(courses.map((c) => c.state.abandonedProgress)),
      numberArray(courses.map((c) => c.state.rating)),
      instants((s) => s.ratedAtMs),
      instants((s) => s.completedAtMs),
      instants((s) => s.passedAtMs),
      instants((s) => s.failedAtMs),
      instants((s) => s.abandonedAtMs),
      instants((s) => s.savedAtMs),
      instants((s) => s.sharedAtMs),
      instants((s) => s.dismissedAtMs),
      textArray(courses.map((c) => c.state.dismissReason)),
      instants((s) => s.waivedAtMs),
      instants((s) => s.firstAtMs),
      instants((s) => s.lastAtMs),
    ],
  );
}

async function foldActiveHours(transaction: Queryable, activeHours: ProfileDelta['activeHours']): Promise<void> {
  if (activeHours.length === 0) return;
  await transaction.query(
    `INSERT INTO learner_active_hour (learner_id, hour_start)
     SELECT * FROM unnest($1::text[], $2::timestamptz[]) AS new (learner_id, hour_start)
     ORDER BY new.learner_id, new.hour_start
     ON CONFLICT (learner_id, hour_start) DO NOTHING`,
    [textArray(activeHours.map((h) => h.learnerId)), instantArray(activeHours.map((h) => h.hourStartMs))],
  );
}

async function foldTouchpoints(transaction: Queryable, touchpoints: ProfileDelta['touchpoints']): Promise<void> {
  if (touchpoints.length === 0) return;
  await transaction.query(
    `INSERT INTO learner_touchpoint AS held (learner_id, device, channel, events)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[])
       AS new (learner_id, device, channel, events)
     ORDER BY new.learner_id, new.device, new.channel
     ON CONFLICT (learner_id, device, channel) DO UPDATE SET events = held.events + excluded.events`,
    [
      textArray(touchpoints.map((t) => t.learnerId)),
      textArray(touchpoints.map((t) => t.device)),
      textArray(touchpoints.map((t) => t.channel)),
      numberArray(touchpoints.map((t) => t.events)),
    ],
  );
}

async function foldPages(transaction: Queryable, pages: ProfileDelta['pages']): Promise<void> {
  if (pages.length === 0) return;
  await transaction.query(
    `INSERT INTO learner_page AS held (learner_id, page, visits, last_at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::timestamptz[])
       AS new (learner_id, page, visits, last_at)
     ORDER BY new.learner_id, new.page
     ON CONFLICT (learner_id, page) DO UPDATE SET visits = held.visits + excluded.visits,
       last_at = greatest(held.last_at, excluded.last_at)`,
    [
      textArray(pages.map((p) => p.learnerId)),
      textArray(pages.map((p) => p.page)),
      numberArray(pages.map((p) => p.visits)),
      instantArray(pages.map((p) => p.lastAtMs)),
    ],
  );
}

async function foldSittings(transaction: Queryable, sittings: ProfileDelta['sittings']): Promise<void> {
  if (sittings.length === 0) return;
  await transaction.query(
    `INSERT INTO learner_sitting AS held (learner_id, device, minutes, sittings)
     SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[])
       AS new (learner_id, device, minutes, sittings)
     ORDER BY new.learner_id, new.device, new.minutes
     ON CONFLICT (learner_id, device, minutes) DO UPDATE SET sittings = held.sittings + excluded.sittings`,
    [
      textArray(sittings.map((s) => s.learnerId)),
      textArray(sittings.map((s) => s.device)),
      numberArray(sittings.map((s) => s.minutes)),
      numberArray(sittings.map((s) => s.sittings)),
    ],
  );
}

/** Of the log: what opens a course, as `opensCourse` says. */
const OPENS_COURSE = `opening.course_id IS NOT NULL AND opening.verb IN (${OPENING_VERBS.map((v) => `'${v}'`).join(', ')})
  AND (opening.verb <> 'VIEWED' OR opening.duration_seconds IS NULL OR opening.duration_seconds >= ${MIN_VIEW_SECONDS})`;
const FOLLOWED_WITHIN = `interval '${FOLLOWED_WITHIN_MINUTES} minutes'`;

/** What a search led to may have been stored before the search was. */
async function foldSearches(transaction: Queryable, searches: ProfileDelta['searches']): Promise<void> {
  if (searches.length === 0) return;
  await transaction.query(
    `INSERT INTO learner_search AS held (learner_id, at, term, searches, zero_results, followed_at)
     SELECT new.learner_id, new.at, new.term, new.searches, new.zero_results,
       (SELECT opening.at FROM interaction opening
        WHERE opening.learner_id = new.learner_id AND opening.at >= new.at AND opening.at <= new.at + ${FOLLOWED_WITHIN}
          AND ${OPENS_COURSE}
        ORDER BY opening.at LIMIT 1)
     FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::integer[], $5::integer[])
       AS new (learner_id, at, term, searches, zero_results)
     ORDER BY new.learner_id, new.at, new.term
     ON CONFLICT (learner_id, at, term) DO UPDATE SET searches = held.searches + excluded.searches,
       zero_results = held.zero_results + excluded.zero_results,
       followed_at = least(held.followed_at, excluded.followed_at)`,
    [
      textArray(searches.map((s) => s.learnerId)),
      instantArray(searches.map((s) => s.atMs)),
      textArray(searches.map((s) => s.term)),
      numberArray(searches.map((s) => s.searches)),
      numberArray(searches.map((s) => s.zeroResults)),
    ],
  );
}

/** Searches stored before may have led to what is new. */
async function foldOpenings(transaction: Queryable, openings: ProfileDelta['openings']): Promise<void> {
  if (openings.length === 0) return;
  // OFFSET 0 keeps the planner to the key of learner_search, whatever it believes of the sizes.
  await transaction.query(
    `UPDATE learner_search held SET followed_at = led.at
     FROM (
       SELECT search.learner_id, search.at AS searched_at, search.term, min(opening.at) AS at
       FROM unnest($1::text[], $2::timestamptz[]) AS opening (learner_id, at)
       CROSS JOIN LATERAL (
         SELECT one.learner_id, one.at, one.term FROM learner_search one
         WHERE one.learner_id = opening.learner_id AND one.at <= opening.at AND one.at >= opening.at - ${FOLLOWED_WITHIN}
           AND (one.followed_at IS NULL OR one.followed_at > opening.at)
         OFFSET 0) AS search
       GROUP BY search.learner_id, search.at, search.term) AS led
     WHERE held.learner_id = led.learner_id AND held.at = led.searched_at AND held.term = led.term`,
    [textArray(openings.map((o) => o.learnerId)), instantArray(openings.map((o) => o.atMs))],
  );
}
