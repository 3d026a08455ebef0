import { registerEnumType } from 'type-graphql';
import { enumOf } from '../../platform/graphql/enums.js';
import { RULE_CONFLICT_KINDS } from '../conflicts/ruleConflicts.js';
import { RULE_WARNING_KINDS } from '../conflicts/ruleWarnings.js';
import { DRAFT_KINDS } from '../lifecycle/draft.js';
import { CAP_GROUPS, RULE_ACTIONS, RULE_STRENGTHS } from '../model/rule.js';
import { SURFACES } from '../model/surface.js';

export const SurfaceEnum = enumOf(SURFACES);
registerEnumType(SurfaceEnum, {
  name: 'Surface',
  description: 'Where a list is shown.',
  valuesConfig: {
    HOME: { description: 'The front page of a portal.' },
    COURSE_PAGE: { description: 'Beside a course.' },
    SEARCH: { description: 'Beside search results.' },
    EMAIL: { description: 'In an e-mail.' },
    CHAT: { description: 'In a chat tool.' },
    MOBILE: { description: 'In an app on a phone.' },
    OTHER: { description: 'Somewhere else.' },
  },
});

export const RuleActionKindEnum = enumOf(RULE_ACTIONS);
registerEnumType(RuleActionKindEnum, {
  name: 'RuleActionKind',
  description:
    'What a rule does. Lists are made in this order: mandates, EXCLUDE, REQUIRE_ONLY, scores with BOOST and BURY, variety, ' +
    'QUOTA, PIN, CAP. What comes earlier in it binds what comes later; a CAP also binds quotas and pins. No rule brings in a ' +
    'course that the learner may not be recommended: retired, completed, dismissed, or in a language they do not ' +
    'understand. MANDATE, EXCLUDE and REQUIRE_ONLY bind everybody; the others leave the held-out people alone. In a feed, the places of ' +
    'QUOTA, PIN and CAP are those of the shelf FOR_YOU, of which the courses of other shelves are no part: a provider ' +
    'under a CAP may have more on those, where of these only BOOST and BURY count.',
  valuesConfig: {
    MANDATE: {
      description:
        'The courses become obligatory for the audience, with a due date: they are listed as required learning and become ' +
        'more urgent as the date nears. Needs `target.courseIds`, and `dueOn` or `dueDaysAfterHire`. It asks for a course ' +
        'once and does not renew: who has completed it, at any time, has done it.',
    },
    EXCLUDE: {
      description:
        'The courses are not recommended to the audience, whatever other rules say. Assigned learning stays required.',
    },
    REQUIRE_ONLY: {
      description:
        'Nothing but these courses is recommended to the audience; of several such rules only what all of them allow.',
    },
    BOOST: {
      description: 'The courses move up by their score. Needs `strength`; of several boosts the strongest counts.',
    },
    BURY: {
      description:
        'The courses move down by their score and can still appear. Needs `strength`; of several buries the strongest counts.',
    },
    QUOTA: {
      description:
        'At least this share of the places goes to the courses, in every beginning of the list, as long as there are enough ' +
        'of them. Needs `percent`: with 30, at least 3 of the first 10.',
    },
    PIN: {
      description:
        'The best of the courses that the learner may be recommended takes exactly this place. Needs `place` and an end, ' +
        '`schedule.until`: pins must expire.',
    },
    CAP: {
      description:
        'Of the courses, at most so many of one provider, or with one tag, in any ten places in a row. Needs `atMost` and `per`.',
    },
  },
});

export const RuleStrengthEnum = enumOf(RULE_STRENGTHS);
registerEnumType(RuleStrengthEnum, {
  name: 'RuleStrength',
  description:
    'How far a boost lifts a score, or a bury lowers it, beside how far the learner’s best and 50th best course are apart.',
  valuesConfig: {
    SLIGHT: { description: 'A quarter of that distance: decides between courses that are nearly as good.' },
    MODERATE: { description: 'Six tenths of it: a middling course comes near the top.' },
    STRONG: { description: 'One and a half times of it: nearly every course comes to the top, or vanishes from it.' },
  },
});

export const CapGroupEnum = enumOf(CAP_GROUPS);
registerEnumType(CapGroupEnum, {
  name: 'CapGroup',
  description: 'What a cap counts by.',
  valuesConfig: {
    PROVIDER: { description: 'Courses of one provider.' },
    TAG: { description: 'Courses that share a tag.' },
  },
});

export const DraftKindEnum = enumOf(DRAFT_KINDS);
registerEnumType(DraftKindEnum, {
  name: 'DraftKind',
  description: 'What a draft would do when published.',
  valuesConfig: {
    RULE: { description: 'Add a rule, or put this one in place of the published rule with its id.' },
    REMOVAL: { description: 'Remove a published rule.' },
    SETTING: { description: 'Change the policy, the signal weights or the delivery policy.' },
    HOLDOUT: {
      description: 'Change the share of people whom soft rules leave alone: `holdoutPercent` of the rule set.',
    },
  },
});

export const RuleWarningKindEnum = enumOf(RULE_WARNING_KINDS);
registerEnumType(RuleWarningKindEnum, {
  name: 'RuleWarningKind',
  description: 'Why a rule would do nothing, or not now.',
  valuesConfig: {
    MATCHES_NOBODY: {
      description:
        'Nobody who is active now is in the groups of its audience, or no role asks for the skill that they are to be short of. ' +
        'Days since hiring are not looked at: they would tell when somebody was hired.',
    },
    MATCHES_NO_COURSE: { description: 'No course that could be recommended now is in its target.' },
    NOT_YET_IN_FORCE: { description: 'It begins later.' },
    NO_LONGER_IN_FORCE: { description: 'It has ended.' },
    SHADOWED: { description: 'Another rule always takes its effect away.' },
  },
});

export const RuleConflictKindEnum = enumOf(RULE_CONFLICT_KINDS);
registerEnumType(RuleConflictKindEnum, {
  name: 'RuleConflictKind',
  description: 'How rules get in each other’s way. The message of the conflict says who wins and why.',
  valuesConfig: {
    IDENTICAL: { description: 'They say the same; one is enough.' },
    SHADOWED: { description: 'One never takes effect because of the other.' },
    MANDATED_AND_EXCLUDED: { description: 'One makes a course obligatory, the other keeps it from being recommended.' },
    MANDATED_ANYWAY: { description: 'A course that one moves about in lists is obligatory by the other.' },
    DUE_DATES_DIFFER: { description: 'Both make a course obligatory, with different dates: the earlier one counts.' },
    NOTHING_LEFT: { description: 'Together they leave nothing to recommend.' },
    EXCLUDED: { description: 'One puts forward what the other excludes.' },
    NOT_REQUIRED: { description: 'One puts forward what the other, by requiring something else, excludes.' },
    BOOST_AND_BURY: { description: 'One lifts what the other lowers: the difference counts.' },
    BURIED_AND_PLACED: { description: 'One lowers what the other gives places to.' },
    QUOTA_ABOVE_CAP: { description: 'The quota asks for more places than the cap allows.' },
    PIN_UNDER_CAP: { description: 'The cap can keep the pinned course from its place.' },
    SAME_PLACE: { description: 'Both pin to one place.' },
    SAME_COURSE: { description: 'Both pin one course, to different places.' },
    QUOTAS_ABOVE_100: { description: 'Their quotas add up to more than all places.' },
  },
});
