import { list } from './words.js';

/** Where a role stands: one chief, a head per department, leads with a team, and everyone else. */
export type Grade = 'CHIEF' | 'HEAD' | 'LEAD' | 'STAFF';

export interface RoleWords {
  readonly name: string;
  /** Null: in every department. */
  readonly department: string | null;
  readonly grade: Grade;
  /** How common it is among those of its grade in its department. */
  readonly share: number;
  /** Roles that people of this one aim for. */
  readonly next: readonly string[];
  /** Skills needed at a high level, at a middling one, and useful ones. */
  readonly core: readonly string[];
  readonly solid: readonly string[];
  readonly useful: readonly string[];
}

const LEADING = 'Team leadership, Giving feedback, Coaching people';

export const ROLE_WORDS: readonly RoleWords[] = [
  {
    name: 'Chief Executive',
    department: 'Executive Office',
    grade: 'CHIEF',
    share: 1,
    next: [],
    core: list('Strategic thinking, Decision making, Change leadership'),
    solid: list('Presenting, Financial literacy, Stakeholder management'),
    useful: list('Responsible AI, Resilience'),
  },
  {
    name: 'Head of Department',
    department: null,
    grade: 'HEAD',
    share: 1,
    next: [],
    core: list('Strategic thinking, Change leadership, Decision making'),
    solid: list('Budgeting, Stakeholder management, Performance conversations, Presenting'),
    useful: list('Workforce planning, Diversity and inclusion, Responsible AI'),
  },
  {
    name: 'Software Engineer',
    department: 'Engineering',
    grade: 'STAFF',
    share: 5,
    next: list('Senior Software Engineer, Engineering Manager, Site Reliability Engineer'),
    core: list('TypeScript, Software testing, Version control'),
    solid: list('API design, Code review, SQL, Secure coding'),
    useful: list('Containers, Agile delivery, AI assistants'),
  },
  {
    name: 'Senior Software Engineer',
    department: 'Engineering',
    grade: 'STAFF',
    share: 3,
    next: list('Engineering Manager, Solution Architect'),
    core: list('Software architecture, API design, Code review'),
    solid: list('Java, Refactoring, Observability, Threat modelling'),
    useful: list('Coaching people, Presenting, Continuous delivery'),
  },
  {
    name: 'Frontend Developer',
    department: 'Engineering',
    grade: 'STAFF',
    share: 3,
    next: list('Senior Software Engineer, Product Manager'),
    core: list('Web development, TypeScript, Digital accessibility'),
    solid: list('Software testing, Mobile development, API design'),
    useful: list('Data visualisation, Agile delivery, Copywriting'),
  },
  {
    name: 'Site Reliability Engineer',
    department: 'Engineering',
    grade: 'STAFF',
    share: 2,
    next: list('Solution Architect, Engineering Manager'),
    core: list('Kubernetes, Observability, Site reliability'),
    solid: list('Infrastructure as code, Linux administration, Networking, Python'),
    useful: list('Incident response, Cloud cost management'),
  },
  {
    name: 'Solution Architect',
    department: 'Engineering',
    grade: 'STAFF',
    share: 1,
    next: list('Engineering Manager, Head of Department'),
    core: list('Software architecture, Cloud architecture, API design'),
    solid: list('Cloud security, Data engineering, Stakeholder management'),
    useful: list('Business writing, Financial literacy, Facilitation'),
  },
  {
    name: 'Engineering Manager',
    department: 'Engineering',
    grade: 'LEAD',
    share: 1,
    next: list('Head of Department'),
    core: list(LEADING),
    solid: list('Agile delivery, Performance conversations, Software architecture, Interviewing'),
    useful: list('Continuous delivery, Budgeting, Delegation'),
  },
  {
    name: 'Data Analyst',
    department: 'Data and Analytics',
    grade: 'STAFF',
    share: 4,
    next: list('Data Scientist, Analytics Manager, Data Engineer'),
    core: list('Data analysis, SQL, Data visualisation'),
    solid: list('Spreadsheet modelling, Statistics, Storytelling'),
    useful: list('Python, Experiment design, Data protection'),
  },
  {
    name: 'Data Scientist',
    department: 'Data and Analytics',
    grade: 'STAFF',
    share: 2,
    next: list('Analytics Manager, Data Engineer'),
    core: list('Machine learning, Statistics, Python'),
    solid: list('Experiment design, Forecasting, SQL, Responsible AI'),
    useful: list('Data engineering, Presenting'),
  },
  {
    name: 'Data Engineer',
    department: 'Data and Analytics',
    grade: 'STAFF',
    share: 3,
    next: list('Solution Architect, Analytics Manager'),
    core: list('Data engineering, SQL, Python'),
    solid: list('Data governance, Cloud architecture, Software testing'),
    useful: list('Infrastructure as code, Observability, Data protection'),
  },
  {
    name: 'Analytics Manager',
    department: 'Data and Analytics',
    grade: 'LEAD',
    share: 1,
    next: list('Head of Department'),
    core: list(LEADING),
    solid: list('Data governance, Storytelling, Stakeholder management, Experiment design'),
    useful: list('Budgeting, Responsible AI'),
  },
  {
    name: 'IT Support Specialist',
    department: 'IT and Security',
    grade: 'STAFF',
    share: 4,
    next: list('System Administrator, Security Analyst'),
    core: list('Customer service, Networking, Digital collaboration'),
    solid: list('Linux administration, Identity and access, Phishing defence'),
    useful: list('Office automation, Time management, Business writing'),
  },
  {
    name: 'System Administrator',
    department: 'IT and Security',
    grade: 'STAFF',
    share: 3,
    next: list('Site Reliability Engineer, Security Analyst, IT Manager'),
    core: list('Linux administration, Networking, Identity and access'),
    solid: list('Infrastructure as code, Containers, Cloud security'),
    useful: list('Python, Incident response, Vendor management'),
  },
  {
    name: 'Security Analyst',
    department: 'IT and Security',
    grade: 'STAFF',
    share: 2,
    next: list('IT Manager, Solution Architect'),
    core: list('Incident response, Threat modelling, Cloud security'),
    solid: list('Penetration testing, Applied cryptography, Identity and access'),
    useful: list('Risk management, Presenting, Phishing defence'),
  },
  {
    name: 'IT Manager',
    department: 'IT and Security',
    grade: 'LEAD',
    share: 1,
    next: list('Head of Department'),
    core: list(LEADING),
    solid: list('Vendor management, Risk management, Cloud cost management, Project planning'),
    useful: list('Budgeting, Change leadership'),
  },
  {
    name: 'Product Manager',
    department: 'Product',
    grade: 'STAFF',
    share: 3,
    next: list('Product Lead'),
    core: list('Product ownership, Stakeholder management, Requirements analysis'),
    solid: list('Agile delivery, Market research, Data analysis, Pricing'),
    useful: list('Experiment design, Storytelling, Influencing'),
  },
  {
    name: 'Project Manager',
    department: 'Product',
    grade: 'STAFF',
    share: 2,
    next: list('Product Manager, Product Lead'),
    core: list('Project planning, Risk management, Stakeholder management'),
    solid: list('Agile delivery, Effective meetings, Scrum, Conflict resolution'),
    useful: list('Kanban, Programme management, Budgeting'),
  },
  {
    name: 'Product Lead',
    department: 'Product',
    grade: 'LEAD',
    share: 1,
    next: list('Head of Department'),
    core: list(LEADING),
    solid: list('Product ownership, Strategic thinking, Influencing, Programme management'),
    useful: list('Financial literacy, Facilitation'),
  },
];
