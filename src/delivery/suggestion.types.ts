import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ChannelEnum, DeviceEnum } from '../learners/eventEnums.js';
import type { Channel, Device } from '../learners/profileEvent.js';
import { Access } from '../platform/access/access.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import { enumOf } from '../platform/graphql/enums.js';
import type { RecordedSuggestion } from './delivery.service.js';
import { BASIS_SOURCES, type Basis, type BasisSource } from './model/weekModel.js';
import type { DeliveryReason } from './windows/deliveryReason.js';
import {
  type AppliedConstraint,
  type CommonSlot,
  DELIVERY_FORMATS,
  type DeliveryFormat,
  type DeliveryWindow,
  type NoWindowReason,
  type SittingPlan,
} from './windows/deliverySuggestion.js';
import type { EngagementRate, SuggestedChannel } from './windows/messageChoice.js';
import type { PreferredUse } from './windows/preferredUse.js';
import { DELIVERY_PURPOSES } from './windows/purpose.js';

const OutcomeEnum = enumOf(['SUGGESTED', 'NO_WINDOW'] as const);
registerEnumType(OutcomeEnum, {
  name: 'DeliveryOutcome',
  description: 'Whether there is a good time.',
  valuesConfig: {
    SUGGESTED: { description: 'There is; see the windows.' },
    NO_WINDOW: { description: 'The constraints leave no time in the horizon; nothing was bent to find one.' },
  },
});

export const PurposeEnum = enumOf(DELIVERY_PURPOSES);
registerEnumType(PurposeEnum, {
  name: 'DeliveryPurpose',
  description: 'What something is delivered for.',
  valuesConfig: {
    RECOMMENDATION: { description: 'Something that the learner may like.' },
    REQUIRED: { description: 'Learning they are obliged to: beyond the weekly budget, and never at an hour on trial.' },
    REMINDER: { description: 'A reminder of something begun or assigned.' },
    LIVE_SESSION: { description: 'An invitation to a live session.' },
  },
});

const BasisSourceEnum = enumOf(BASIS_SOURCES);
registerEnumType(BasisSourceEnum, {
  name: 'DeliveryBasisSource',
  description: 'Whose habits a suggestion rests on.',
  valuesConfig: {
    PERSON: { description: 'The learner’s own active hours.' },
    PEERS: { description: 'People whose weeks look alike.' },
    GROUP: { description: 'The learner’s department and location.' },
    ORGANISATION: { description: 'Everyone in the organisation.' },
    DEFAULT: { description: 'Usual working hours, while little is known.' },
  },
});

const ReasonCodeEnum = enumOf([
  'OWN_HABIT',
  'PEER_HABIT',
  'GROUP_HABIT',
  'ORGANISATION_HABIT',
  'WORKING_HOURS',
  'DEFAULT_WORKING_HOURS',
  'NO_OWN_ACTIVITY',
  'NOT_PERSONALISED',
  'LITTLE_KNOWN',
  'EXPLORATION',
  'TEAM_SPREAD',
  'PURPOSE',
  'AFTER_ABSENCE',
  'AHEAD_OF_SESSION',
] as const satisfies readonly DeliveryReason['code'][]);
registerEnumType(ReasonCodeEnum, {
  name: 'DeliveryReasonCode',
  description: 'Why a window was chosen.',
  valuesConfig: {
    OWN_HABIT: { description: 'The learner is often active at this hour.' },
    PEER_HABIT: { description: 'People whose weeks look alike are often active at this hour.' },
    GROUP_HABIT: { description: 'People of the learner’s department or location are often active at this hour.' },
    ORGANISATION_HABIT: { description: 'People here are often active at this hour.' },
    WORKING_HOURS: { description: 'It lies in the learner’s working hours.' },
    DEFAULT_WORKING_HOURS: { description: 'It lies in usual working hours, while the learner’s are not known.' },
    NO_OWN_ACTIVITY: { description: 'Nothing is known of when this learner is active.' },
    NOT_PERSONALISED: { description: 'The learner opted out, so their own activity was left aside.' },
    LITTLE_KNOWN: { description: 'Too little is known to tell this hour from others.' },
    EXPLORATION: { description: 'It was drawn at random, to learn whether this hour suits.' },
    TEAM_SPREAD: { description: 'A better hour was taken by others of the learner’s team.' },
    PURPOSE: { description: 'What it is delivered for, such as required learning.' },
    AFTER_ABSENCE: { description: 'It waits for the end of leave or a holiday.' },
    AHEAD_OF_SESSION: { description: 'It comes ahead of a live session of the course.' },
  },
});

@ObjectType('DeliveryReason', { simpleResolvers: true, description: 'Why a window was chosen.' })
@Access('inherit')
class DeliveryReasonType {
  @Field(() => ReasonCodeEnum, { description: 'The kind of reason, for programs.' })
  code!: DeliveryReason['code'];

  @Field(() => String, { description: 'The reason in words, with the counts behind it.' })
  text!: string;

  @Field(() => Float, {
    nullable: true,
    description: 'Part of the activity expected in this window that rests on this reason, 0–1; null where none does.',
  })
  contribution!: number | null;
}

const FormatEnum = enumOf(DELIVERY_FORMATS);
registerEnumType(FormatEnum, {
  name: 'DeliveryFormat',
  description: 'What there is to deliver in a window.',
  valuesConfig: {
    WHOLE: { description: 'The whole course; it fits in.' },
    SITTING: { description: 'One sitting of a course that is too long for the window; see the sitting plan.' },
    INVITATION: { description: 'An invitation to a session of the course that comes later.' },
    LINK: { description: 'A link to a course whose length is not known.' },
  },
});

@ObjectType('SuggestedDeviceUse', { simpleResolvers: true, description: 'The device to deliver to.' })
@Access('inherit')
class DeviceUseType {
  @Field(() => DeviceEnum, { description: 'The device.' })
  choice!: Device;

  @Field(() => Float, { description: 'Expected share of the learner’s activity on it, 0–1.' })
  share!: number;

  @Field(() => Int, { description: 'How often they were seen on it.' })
  ownUses!: number;
}

@ObjectType('ChannelEngagement', {
  simpleResolvers: true,
  description: 'How likely a message on a channel is opened: the learner’s own answers, shrunk to everyone’s.',
})
@Access('inherit')
class ChannelEngagementType {
  @Field(() => Float, { description: 'Chance that a message is opened, 0–1.' })
  rate!: number;

  @Field(() => Float, { description: 'Lower end of its 80 % interval.' })
  rateLow!: number;

  @Field(() => Float, { description: 'Upper end of its 80 % interval.' })
  rateHigh!: number;

  @Field(() => Int, { description: 'Messages that the learner was sent on it.' })
  ownExposures!: number;

  @Field(() => Int, { description: 'Those of them that the learner opened.' })
  ownEngagements!: number;
}

@ObjectType('SuggestedChannelUse', { simpleResolvers: true, description: 'The channel to deliver on.' })
@Access('inherit')
class ChannelUseType {
  @Field(() => ChannelEnum, { description: 'The channel.' })
  choice!: Channel;

  @Field(() => Float, { description: 'Expected share of the learner’s activity on it, 0–1.' })
  share!: number;

  @Field(() => Int, { description: 'How often they were seen on it.' })
  ownUses!: number;

  @Field(() => ChannelEngagementType, {
    nullable: true,
    description: 'What it was chosen by; null while no message was recorded, and it is the channel most used.',
  })
  engagement!: EngagementRate | null;
}

@ObjectType('DeliveryWindow', {
  simpleResolvers: true,
  description: 'One hour of the local clock in which to deliver.',
})
@Access('inherit')
class DeliveryWindowType {
  @Field(() => Int, { description: 'From 1, best first.' })
  rank!: number;

  @Field(() => GraphQLInstant, { description: 'When it starts.' })
  startsAt!: Date;

  @Field(() => GraphQLInstant, { description: 'When it ends.' })
  endsAt!: Date;

  @Field(() => String, { description: 'In local time, such as "Tue 24 Nov, 09:00–10:00".' })
  label!: string;

  @Field(() => Float, { description: 'Probability that the learner is active in this very hour, 0–1.' })
  probabilityActive!: number;

  @Field(() => Float, { description: 'Lower end of its 80 % interval.' })
  probabilityLow!: number;

  @Field(() => Float, { description: 'Upper end of its 80 % interval.' })
  probabilityHigh!: number;

  @Field(() => Float, { description: 'How many times as likely as in the common slot; 1: no better.' })
  lift!: number;

  @Field(() => ChannelUseType, {
    nullable: true,
    description: 'Channel to deliver on, none that is muted; null: nothing is known of any that is left.',
  })
  channel!: SuggestedChannel | null;

  @Field(() => [ChannelEnum], { description: 'Channels that the learner has muted at that time.' })
  mutedChannels!: readonly Channel[];

  @Field(() => DeviceUseType, { nullable: true, description: 'Device to deliver to; null: nothing is known.' })
  device!: PreferredUse<Device> | null;

  @Field(() => FormatEnum, { description: 'What there is to deliver.' })
  format!: DeliveryFormat;

  @Field(() => Int, { nullable: true, description: 'Longest sitting to plan here, in minutes; null: not known.' })
  maxMinutes!: number | null;

  @Field(() => Boolean, {
    description: 'True when the hour was drawn at random among those that may suit, to learn whether it does.',
  })
  isExploration!: boolean;

  @Field(() => Float, {
    description:
      'How likely it was that this window came to its rank, above 0 and at most 1; 1: nothing was left to chance.',
  })
  propensity!: number;

  @Field(() => GraphQLInstant, {
    description:
      'Not to be delivered here any later: a sitting that begins after that would run past the allowed time. Where that is ' +
      'just enough, `startsAt` itself.',
  })
  expiresAt!: Date;

  @Field(() => ID, { nullable: true, description: 'The session that follows; null for courses without sessions.' })
  sessionId!: string | null;

  @Field(() => [DeliveryReasonType], { description: 'Why this window, strongest reason first; at least one.' })
  reasons!: readonly DeliveryReasonType[];
}

@ObjectType('CommonSlot', {
  simpleResolvers: true,
  description: 'What one would choose without knowing the learner: the best hour of the organisation.',
})
@Access('inherit')
class CommonSlotType {
  @Field(() => GraphQLInstant, { description: 'When it starts.' })
  startsAt!: Date;

  @Field(() => GraphQLInstant, { description: 'When it ends.' })
  endsAt!: Date;

  @Field(() => String, { description: 'In local time.' })
  label!: string;

  @Field(() => Float, { description: 'Probability that this learner is active then, 0–1.' })
  probabilityActive!: number;
}

@ObjectType('DeliveryBasis', { simpleResolvers: true, description: 'How much of a suggestion rests on whose habits.' })
@Access('inherit')
export class DeliveryBasisType {
  @Field(() => BasisSourceEnum, { description: 'Whose habits.' })
  source!: BasisSource;

  @Field(() => Float, { description: 'Its share, 0–1; all shares sum to 1.' })
  share!: number;
}

@ObjectType('DeliveryConstraint', { simpleResolvers: true, description: 'A rule that windows had to keep.' })
@Access('inherit')
class DeliveryConstraintType {
  @Field(() => String, { description: 'Which rule, for programs.' })
  code!: string;

  @Field(() => String, { description: 'The rule in words.' })
  text!: string;

  @Field(() => Int, { nullable: true, description: 'Hours of the horizon that it rules out by itself.' })
  hoursRuledOut!: number | null;
}

@ObjectType('Sitting', { simpleResolvers: true, description: 'One part of a course, and when to take it.' })
@Access('inherit')
class SittingType {
  @Field(() => GraphQLInstant, { description: 'When it starts.' })
  startsAt!: Date;

  @Field(() => GraphQLInstant, { description: 'When it ends.' })
  endsAt!: Date;

  @Field(() => String, { description: 'In local time.' })
  label!: string;

  @Field(() => Int, { description: 'Minutes of the course in it.' })
  minutes!: number;

  @Field(() => Float, { description: 'Probability that the learner is active in the hour it begins in, 0–1.' })
  probabilityActive!: number;
}

@ObjectType('SittingPlan', {
  simpleResolvers: true,
  description:
    'A course that is too long for its best window, laid over several: the best window first of all. In a campaign, ' +
    'sittings count for the team as windows do.',
})
@Access('inherit')
class SittingPlanType {
  @Field(() => [SittingType], { description: 'In order of time.' })
  sittings!: readonly SittingType[];

  @Field(() => Int, {
    description: 'Minutes of the course that the horizon, or the team, has no room for; 0: it all fits.',
  })
  minutesLeft!: number;
}

@ObjectType('DeliverySuggestion', {
  simpleResolvers: true,
  description:
    'When, where and how to bring a course to a learner. It is theirs: managers and analysts cannot read it.',
})
@Access('inherit')
export class DeliverySuggestionType {
  @Field(() => ID, { description: 'Id of this suggestion.' })
  id!: string;

  @Field(() => ID, { description: 'Id of the learner.' })
  learnerId!: string;

  @Field(() => ID, { description: 'Id of the course.' })
  courseId!: string;

  @Field(() => OutcomeEnum, { description: 'Whether there is a good time.' })
  outcome!: keyof typeof OutcomeEnum;

  @Field(() => [DeliveryWindowType], { description: 'Best first; empty when there is none.' })
  windows!: readonly DeliveryWindowType[];

  @Field(() => DeliveryConstraintType, {
    nullable: true,
    description: 'What leaves no window; null when there is one.',
  })
  noWindowReason!: DeliveryConstraintType | null;

  @Field(() => CommonSlotType, { nullable: true, description: 'What one would choose without knowing the learner.' })
  commonSlot!: CommonSlot | null;

  @Field(() => String, { description: 'IANA zone that the windows are meant in.' })
  zone!: string;

  @Field(() => Boolean, { description: 'True when the learner’s zone is not known and the organisation’s was taken.' })
  isZoneAssumed!: boolean;

  @Field(() => [DeliveryBasisType], { description: 'How much rests on whose habits; the shares sum to 1.' })
  basis!: readonly DeliveryBasisType[];

  @Field(() => Float, { description: 'Hours a week in which the learner is expected to be active.' })
  weeklyActiveHours!: number;

  @Field(() => [DeliveryConstraintType], { description: 'The rules that every window keeps.' })
  constraintsApplied!: readonly DeliveryConstraintType[];

  @Field(() => DeviceUseType, { nullable: true, description: 'Device to deliver to; null: nothing is known.' })
  device!: PreferredUse<Device> | null;

  @Field(() => ChannelUseType, { nullable: true, description: 'Channel to deliver on; null: nothing is known.' })
  channel!: SuggestedChannel | null;

  @Field(() => Int, { nullable: true, description: 'The usual sitting, in minutes; null: not known.' })
  maxMinutes!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'In how many sittings to offer the course; null: not known, or live.',
  })
  sittings!: number | null;

  @Field(() => SittingPlanType, {
    nullable: true,
    description: 'Where the course is too long for its best window: when to take its parts; null: it is not.',
  })
  sittingPlan!: SittingPlan | null;

  @Field(() => GraphQLInstant, { description: 'From when on to ask anew.' })
  expiresAt!: Date;
}

export function suggestionType(suggestion: RecordedSuggestion): DeliverySuggestionType {
  return {
    ...suggestion,
    basis: basisType(suggestion.basis),
    windows: suggestion.windows.map(windowType),
    constraintsApplied: suggestion.constraintsApplied.map(constraintType),
    noWindowReason: suggestion.noWindowReason && constraintType(suggestion.noWindowReason),
  };
}

export const basisType = (basis: Basis): DeliveryBasisType[] =>
  BASIS_SOURCES.map((source) => ({ source, share: basis[source] }));

function windowType(window: DeliveryWindow): DeliveryWindowType {
  return {
    ...window,
    reasons: window.reasons.map(({ code, text, evidence }) => ({
      code,
      text,
      contribution: 'contribution' in evidence ? evidence.contribution : null,
    })),
  };
}

function constraintType(constraint: AppliedConstraint | NoWindowReason): DeliveryConstraintType {
  return {
    code: constraint.code,
    text: constraint.text,
    hoursRuledOut: 'hoursRuledOut' in constraint ? constraint.hoursRuledOut : null,
  };
}
