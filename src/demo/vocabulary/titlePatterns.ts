import type { CourseKind, CourseLevel } from '../../catalog/course.js';
import type { AreaFamily } from './words.js';

/**
 * What titles are made of. `{Topic}` is a topic or the skill itself, `{Skill}` the skill, `{Audience}` and `{Context}`
 * words of its area. No pattern has a verb that must agree with the topic, which may be singular, plural or a gerund.
 */
export const TITLE_PATTERNS: Readonly<Record<CourseKind, readonly string[]>> = {
  COURSE: [
    '{Topic} for {Audience}',
    '{Topic} {Context}',
    'The Basics of {Topic}',
    '{Topic}: A Practical Introduction',
    '{Topic} Step by Step',
    '{Topic}: Beyond the Basics',
    '{Topic}: Common Mistakes and How to Avoid Them',
    '{Topic}: From Theory to Practice',
    '{Topic}: Tools and Techniques',
    'A Short Course in {Topic}',
    '{Topic} Refresher',
    '{Topic}: Case Studies for {Audience}',
    '{Topic} {Context}: A Workbook Course',
  ],
  VIDEO: [
    '{Topic} in Ten Minutes',
    '{Topic} Explained',
    '{Topic}: A Short Demonstration',
    '{Topic}: What {Audience} Should Know',
    '{Topic}: Three Things to Try Tomorrow',
    'Getting Started with {Topic}',
    '{Topic}: The Big Picture',
    'Ask an Expert: {Topic}',
    'Quick Tips: {Topic}',
    '{Topic} {Context}: A Quick Tour',
    'Good and Bad Examples: {Topic}',
  ],
  ARTICLE: [
    'A Checklist for {Topic}',
    '{Topic}: Seven Questions to Ask',
    '{Topic}: What the Research Says',
    '{Topic}: A Short Guide for {Audience}',
    '{Topic}: Myths and Facts',
    'Rethinking {Topic}',
    '{Topic} {Context}: Lessons Learned',
    '{Topic} on One Page',
    'Five Mistakes to Avoid in {Topic}',
    'Where to Begin with {Topic}',
  ],
  BOOK: [
    'A Field Guide to {Topic}',
    '{Topic}: The Essential Handbook',
    'The Little Book of {Topic}',
    '{Topic}: Principles and Practice',
    '{Topic}: Principles and Practice (Second Edition)',
    '{Topic} for {Audience}: A Handbook',
    'Thinking Clearly About {Topic}',
    '{Topic} {Context}: Stories from Practice',
  ],
  PODCAST: [
    'Half an Hour on {Topic}',
    'Work in Progress: {Topic}',
    'The Learning Commute: {Topic}',
    'Over Coffee: {Topic} for {Audience}',
    'Field Notes: {Topic}',
    'Two Sides of the Table: {Topic}',
    '{Topic} {Context}: A Conversation',
  ],
  ASSESSMENT: [
    '{Topic}: Skills Check',
    '{Topic}: Knowledge Check',
    '{Topic}: Practical Assessment',
    '{Topic}: Readiness Quiz for {Audience}',
    '{Skill} Certificate: {Topic}',
    '{Topic}: Where Do You Stand?',
  ],
  LIVE_SESSION: [
    'Workshop: {Topic}',
    'Live Clinic: {Topic}',
    '{Topic}: Half-Day Workshop for {Audience}',
    'Webinar: {Topic} {Context}',
    'Masterclass: {Topic}',
    'Open Questions: {Topic}',
    'Practice Lab: {Topic}',
  ],
  COACHING: [
    'One-to-One Coaching: {Topic}',
    'Group Coaching: {Topic} for {Audience}',
    'Coaching Programme: {Topic} {Context}',
    'Coaching Sprint: {Topic}',
  ],
  MENTORING: [
    'Mentoring Circle: {Topic} for {Audience}',
    'Peer Mentoring: {Topic}',
    'Find a Mentor: {Topic}',
    'Reverse Mentoring: {Topic}',
    'Mentoring Pairs: {Topic} {Context}',
  ],
  PATH: [
    '{Topic}: Learning Path for {Audience}',
    'From Beginner to Practitioner: {Topic}',
    '{Topic} Academy',
    '{Topic}: A Twelve-Week Programme',
    'Guided Path: {Topic} {Context}',
    'Becoming Confident in {Topic}',
  ],
};

/** The names of a chain's steps, in order; each needs the one before it. */
export const CHAIN_PATTERNS: readonly (readonly [string, string, string])[] = [
  ['{Topic}: Foundations', '{Topic}: Practitioner', '{Topic}: Advanced'],
  ['{Topic}: Essentials', '{Topic}: Putting It into Practice', '{Topic}: Expert Seminar'],
  ['Introduction to {Topic}', '{Topic} in Practice', '{Topic}: The Expert Course'],
];

/** First sentence of a description, by kind. */
export const DESCRIPTION_PATTERNS: Readonly<Record<CourseKind, readonly string[]>> = {
  COURSE: [
    'Short modules on {topic}, each ending with an exercise from everyday work.',
    'A self-paced course on {topic}, with worked examples and a final task to take back to your team.',
    'Learn what {audience} need to know about {topic}, and practise it on realistic cases.',
    'Everything that matters about {topic}, from first principles to common pitfalls.',
  ],
  VIDEO: [
    'A short film about {topic}, with one clear example and a summary card to keep.',
    'See {topic} demonstrated by a practitioner, then try it yourself.',
    'A compact look at {topic}, made to be watched between two meetings.',
  ],
  ARTICLE: [
    'A short read on {topic} with advice that you can use the same day.',
    'What {audience} often get wrong about {topic}, and what to do instead.',
    'A practical summary of {topic}, with links for those who want to go deeper.',
  ],
  BOOK: [
    'A thorough treatment of {topic}, to be read from cover to cover or kept for reference.',
    'Written for {audience}: the ideas behind {topic}, told through cases from many workplaces.',
  ],
  PODCAST: [
    'Two practitioners talk about {topic}: what worked, what did not, and what they would do again.',
    'A conversation about {topic} for the way to work.',
  ],
  ASSESSMENT: [
    'Find out how well you know {topic}; the result shows what to learn next.',
    'A set of practical questions on {topic}, with feedback after every answer.',
  ],
  LIVE_SESSION: [
    'A live session on {topic} with exercises in small groups and time for questions.',
    'Bring a case of your own: together we work on {topic} with an experienced trainer.',
  ],
  COACHING: [
    'Regular conversations with a coach about {topic}, built around your own goals.',
    'A coach works with you on {topic} and helps you to keep at it between sessions.',
  ],
  MENTORING: [
    'Meet a more experienced colleague over several months to talk about {topic}.',
    'Exchange experience of {topic} with {audience} from other departments.',
  ],
  PATH: [
    'A guided programme on {topic} that combines courses, practice and a final check.',
    'Several weeks of learning about {topic} in a sensible order, at your own pace.',
  ],
};

/** Second sentence, by level; null: for everyone. */
export const LEVEL_SENTENCES: Readonly<Record<CourseLevel, readonly string[]>> = {
  BEGINNER: ['No previous knowledge is needed.', 'A good first step into {skill}.', 'Suitable for newcomers.'],
  INTERMEDIATE: [
    'You should know the basics of {skill}.',
    'For those who have used it and want to do it better.',
    'Some experience with {skill} is helpful.',
  ],
  ADVANCED: ['For experienced practitioners.', 'Expect demanding cases.', 'Assumes solid experience with {skill}.'],
};

/** Formats that only one family of areas would use. */
export const FAMILY_COURSE_PATTERNS: Readonly<Record<AreaFamily, readonly string[]>> = {
  PEOPLE: ['{Topic}: A Guided Practice Course', '{Topic} in Thirty Days', '{Topic} for {Audience}: Habits That Last'],
  DIGITAL: ['{Topic}: Hands-On Labs', 'Hands-On {Topic} for {Audience}', '{Topic}: Build a Small Project'],
  BUSINESS: ['{Topic}: Templates and Worked Examples', '{Topic} in Thirty Days', '{Topic}: A Business Simulation'],
  DUTY: ['{Topic}: What You Must Know', '{Topic}: Rules and Real Cases', '{Topic} for {Audience}: Annual Update'],
};

/** Titles that give the level away, in all languages; the first match counts. */
export const LEVEL_HINTS: readonly (readonly [RegExp, CourseLevel])[] = [
  [/Beyond the Basics|Refresher|Aufbaukurs|perfectionnement/, 'INTERMEDIATE'],
  [/Masterclass|nivel avanzado/, 'ADVANCED'],
  [/Basics of|Introduction|Getting Started|Where to Begin|Explained|in Ten Minutes|Step by Step/, 'BEGINNER'],
  [/Grundlagen|erklärt|Schritt|Einsteiger/, 'BEGINNER'],
  [/fondamentaux|pas à pas|dix minutes|débutants/, 'BEGINNER'],
  [/fundamentos|paso a paso|diez minutos|principiantes/, 'BEGINNER'],
  [/for Beginners|First-Time|Newcomers|New Starters|Career Changers/, 'BEGINNER'],
  [/for (Senior Leaders|Executives|Architects|Tech Leads|Heads of Department)/, 'ADVANCED'],
];
