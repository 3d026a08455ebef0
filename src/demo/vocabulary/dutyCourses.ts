/** A course that must be taken; `departments` null: by everyone. */
export interface DutyCourseWords {
  readonly title: string;
  readonly description: string;
  readonly skill: string;
  readonly durationMinutes: number;
  readonly departments: readonly string[] | null;
}

/** In order of weight: a small catalogue takes the first few. They carry no language: everyone has to take them. */
export const DUTY_COURSES: readonly DutyCourseWords[] = [
  {
    title: 'Code of Conduct: What We Expect of Each Other',
    description: 'How we treat colleagues, customers and partners. Required of everyone.',
    skill: 'Business ethics',
    durationMinutes: 35,
    departments: null,
  },
  {
    title: 'Information Security for Everyone',
    description: 'The handful of habits that keep our systems and our customers safe. Required of everyone.',
    skill: 'Security awareness',
    durationMinutes: 30,
    departments: null,
  },
  {
    title: 'Data Protection: Your Duties',
    description: 'What personal data is, what you may do with it, and whom to ask. Required of everyone.',
    skill: 'Data protection',
    durationMinutes: 40,
    departments: null,
  },
  {
    title: 'Fire Safety and Evacuation',
    description: 'What to do when the alarm sounds, and how to keep it from sounding. Required of everyone.',
    skill: 'Fire safety',
    durationMinutes: 20,
    departments: null,
  },
  {
    title: 'Saying No to Bribery',
    description: 'Gifts, hospitality and third parties: where the line is and how to stay behind it.',
    skill: 'Anti-bribery',
    durationMinutes: 30,
    departments: null,
  },
  {
    title: 'Machine Safety: Annual Instruction',
    description: 'Lockout, guards and emergency stops. Required of everyone on the shop floor.',
    skill: 'Machine safety',
    durationMinutes: 45,
    departments: ['Operations'],
  },
  {
    title: 'Fair Competition for Commercial Teams',
    description: 'What may be discussed with competitors, customers and resellers, and what may not.',
    skill: 'Competition law',
    durationMinutes: 40,
    departments: ['Sales', 'Marketing', 'Product'],
  },
  {
    title: 'Secure Coding: The Ten Rules',
    description: 'Our rules for safe code, each with a flaw that really happened. Required of all who ship software.',
    skill: 'Secure coding',
    durationMinutes: 60,
    departments: ['Engineering', 'Data and Analytics', 'IT and Security'],
  },
  {
    title: 'Respect at Work',
    description: 'How to recognise harassment, how to respond, and where to get help. Required of everyone.',
    skill: 'Diversity and inclusion',
    durationMinutes: 35,
    departments: null,
  },
  {
    title: 'Money Laundering: Knowing the Signs',
    description: 'Warning signs in payments and customers, and the duty to report them.',
    skill: 'Anti-money-laundering',
    durationMinutes: 45,
    departments: ['Finance', 'Legal and Compliance'],
  },
  {
    title: 'Safe Lifting: Annual Instruction',
    description: 'Lifting, carrying and the aids that spare your back. Required at plants and warehouses.',
    skill: 'Manual handling',
    durationMinutes: 25,
    departments: ['Operations'],
  },
  {
    title: 'Handling Customer Data in Service Calls',
    description: 'Checking who is calling, what may be said, and what must not be written down.',
    skill: 'Data protection',
    durationMinutes: 25,
    departments: ['Customer Service', 'Sales'],
  },
];
