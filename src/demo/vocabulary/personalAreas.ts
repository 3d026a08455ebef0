import { type AreaWords, list } from './words.js';

export const PERSONAL_AREAS: readonly AreaWords[] = [
  {
    name: 'Wellbeing',
    family: 'PEOPLE',
    audiences: list('Busy Teams, Parents at Work, Shift Workers, Managers, Home Workers, New Starters'),
    contexts: list('in Demanding Jobs, in Busy Seasons, in Everyday Life, on Long Shifts, in Times of Change'),
    skills: [
      {
        name: 'Stress management',
        local: ['Stressbewältigung', 'Gestion du stress', 'Gestión del estrés'],
        appeal: 4,
        topics: list(
          'early signs of overload, breathing techniques, worry and rumination, pressure peaks, talking about stress, recovery breaks',
        ),
      },
      {
        name: 'Resilience',
        local: ['Resilienz', 'Résilience', 'Resiliencia'],
        appeal: 3,
        topics: list(
          'bouncing back from setbacks, realistic optimism, support networks, resilience in teams, personal energy, learning from failure',
        ),
      },
      {
        name: 'Time management',
        local: ['Zeitmanagement', 'Gestion du temps', 'Gestión del tiempo'],
        appeal: 5,
        topics: list('weekly planning, inbox control, prioritisation, deep work, procrastination, time boxing'),
      },
      {
        name: 'Sleep and recovery',
        local: ['Schlaf und Erholung', 'Sommeil et récupération', 'Sueño y recuperación'],
        appeal: 2,
        topics: list(
          'better sleep, switching off after work, sleep and shift work, screen-free evenings, power naps, rest days',
        ),
      },
      {
        name: 'Mindfulness',
        local: ['Achtsamkeit', 'Pleine conscience', 'Atención plena'],
        appeal: 3,
        topics: list(
          'five-minute meditations, mindful commuting, body scans, attention training, mindful eating, calm before meetings',
        ),
      },
      {
        name: 'Work-life balance',
        local: ['Work-Life-Balance', 'Équilibre de vie', 'Conciliación'],
        appeal: 3,
        topics: list(
          'healthy boundaries, flexible working, returning from parental leave, caring responsibilities, holiday handovers, saying no to extra work',
        ),
      },
      {
        name: 'Mental health awareness',
        local: ['Psychische Gesundheit', 'Santé mentale', 'Salud mental'],
        appeal: 2,
        topics: list(
          'supporting a colleague, mental health first response, burnout, anxiety at work, stigma-free language, where to find help',
        ),
      },
      {
        name: 'Habits and focus',
        local: ['Gewohnheiten und Fokus', 'Habitudes et concentration', 'Hábitos y concentración'],
        appeal: 3,
        topics: list(
          'habit loops, distraction-free hours, phone habits, small daily routines, focus in open offices, sticking with new habits',
        ),
        under: 'Time management',
      },
      {
        name: 'Financial wellbeing',
        local: ['Finanzielles Wohlbefinden', 'Bien-être financier', 'Bienestar financiero'],
        appeal: 1,
        topics: list(
          'household budgets, pension basics, saving on a small salary, debt and how to leave it, insurance choices, payslips',
        ),
      },
    ],
  },
  {
    name: 'Languages',
    family: 'PEOPLE',
    audiences: list('Beginners, Travellers, Client-Facing Teams, Engineers, Managers, Self-Learners'),
    contexts: list('at the Office, on Business Trips, in Everyday Life, in International Teams, with Confidence'),
    skills: [
      {
        name: 'Business English',
        local: ['Business English', 'Anglais professionnel', 'Inglés de negocios'],
        appeal: 4,
        topics: list(
          'English e-mails, English small talk, English meetings, English presentations, English phrasal verbs, English pronunciation',
        ),
      },
      {
        name: 'German',
        local: null,
        appeal: 2,
        topics: list(
          'German conversation, German e-mails, German grammar essentials, German small talk, German pronunciation, German workplace vocabulary',
        ),
      },
      {
        name: 'French',
        local: null,
        appeal: 2,
        topics: list(
          'French conversation, French e-mails, French grammar essentials, French small talk, French pronunciation, French workplace vocabulary',
        ),
      },
      {
        name: 'Spanish',
        local: null,
        appeal: 3,
        topics: list(
          'Spanish conversation, Spanish e-mails, Spanish grammar essentials, Spanish small talk, Spanish pronunciation, Spanish workplace vocabulary',
        ),
      },
      {
        name: 'Mandarin',
        local: ['Mandarin', 'Mandarin', 'Mandarín'],
        appeal: 1,
        topics: list(
          'Mandarin tones, Mandarin greetings, everyday Mandarin, Mandarin business etiquette, Mandarin numbers and dates, reading simple Mandarin',
        ),
      },
      {
        name: 'Portuguese',
        local: ['Portugiesisch', 'Portugais', 'Portugués'],
        appeal: 1,
        topics: list(
          'Portuguese conversation, Portuguese e-mails, Brazilian small talk, Portuguese pronunciation, Portuguese meetings, Portuguese grammar essentials',
        ),
      },
    ],
  },
  {
    name: 'Human resources',
    family: 'PEOPLE',
    audiences: list('HR Partners, Hiring Managers, Recruiters, Learning Designers, People Analysts, New HR Staff'),
    contexts: list(
      'in International Companies, in Small Companies, in Tight Labour Markets, in Hybrid Workplaces, on a Small Budget',
    ),
    skills: [
      {
        name: 'Recruiting',
        local: ['Personalgewinnung', 'Recrutement', 'Selección de personal'],
        appeal: 3,
        topics: list(
          'job adverts, sourcing passive candidates, candidate experience, employer branding, hiring funnels, inclusive shortlists',
        ),
      },
      {
        name: 'Interviewing',
        local: ['Bewerbungsgespräche führen', "Conduite d'entretien", 'Entrevistas de trabajo'],
        appeal: 3,
        topics: list(
          'structured interviews, interview questions, unbiased scoring, panel interviews, technical interviews, reference checks',
        ),
        under: 'Recruiting',
      },
      {
        name: 'Onboarding',
        local: ['Onboarding neuer Mitarbeitender', 'Intégration des nouveaux', 'Incorporación de personal'],
        appeal: 2,
        topics: list(
          'the first ninety days, buddy schemes, preboarding, onboarding checklists, onboarding surveys, welcoming career changers',
        ),
      },
      {
        name: 'Compensation and benefits',
        local: ['Vergütung und Zusatzleistungen', 'Rémunération et avantages', 'Compensación y beneficios'],
        appeal: 1,
        topics: list(
          'salary bands, pay transparency, bonus schemes, benefit packages, gender pay gaps, total reward statements',
        ),
      },
      {
        name: 'Workforce planning',
        local: ['Personalplanung', 'Gestion prévisionnelle des emplois', 'Planificación de plantilla'],
        appeal: 2,
        topics: list(
          'headcount forecasts, skills inventories, succession plans, contingent workers, shift rosters, critical roles',
        ),
      },
      {
        name: 'Employee relations',
        local: ['Arbeitnehmerbeziehungen', 'Relations sociales', 'Relaciones laborales'],
        appeal: 2,
        topics: list(
          'grievances, works councils, absence management, fair investigations, collective agreements, exit interviews',
        ),
      },
      {
        name: 'Learning design',
        local: ['Lerndesign', 'Ingénierie pédagogique', 'Diseño instruccional'],
        appeal: 3,
        topics: list(
          'learning objectives, microlearning, spaced practice, scenario-based learning, learning evaluation, blended programmes',
        ),
      },
      {
        name: 'Diversity and inclusion',
        local: ['Vielfalt und Inklusion', 'Diversité et inclusion', 'Diversidad e inclusión'],
        appeal: 3,
        topics: list(
          'unconscious bias, inclusive language, allyship, neurodiversity, accessible workplaces, respectful teams',
        ),
      },
      {
        name: 'Talent development',
        local: ['Talententwicklung', 'Développement des talents', 'Desarrollo del talento'],
        appeal: 2,
        topics: list(
          'career conversations, internal mobility, mentoring programmes, high-potential pools, skills frameworks, stretch assignments',
        ),
      },
      {
        name: 'People analytics',
        local: ['People Analytics', 'Analytique RH', 'Analítica de personas'],
        appeal: 2,
        topics: list(
          'engagement surveys, turnover analysis, HR dashboards, privacy in people data, absence patterns, hiring metrics',
        ),
      },
    ],
  },
];
