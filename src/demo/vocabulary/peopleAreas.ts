import { type AreaWords, list } from './words.js';

export const PEOPLE_AREAS: readonly AreaWords[] = [
  {
    name: 'Leadership',
    family: 'PEOPLE',
    audiences: list(
      'First-Time Managers, Team Leads, Senior Leaders, Project Leads, Shift Supervisors, Heads of Department',
    ),
    contexts: list('in Remote Teams, in Hybrid Teams, in Times of Change, Across Time Zones, in Fast-Growing Teams'),
    skills: [
      {
        name: 'Team leadership',
        local: ['Teamführung', "Animation d'équipe", 'Liderazgo de equipos'],
        appeal: 5,
        topics: list(
          'building a new team, team norms, trust and psychological safety, leading former peers, motivating a tired team, team rituals',
        ),
      },
      {
        name: 'Coaching people',
        local: ['Mitarbeitercoaching', 'Coaching des collaborateurs', 'Coaching de colaboradores'],
        appeal: 4,
        topics: list(
          'coaching conversations, powerful questions, coaching on the job, strengths-based coaching, goal setting with your team, coaching high performers',
        ),
      },
      {
        name: 'Delegation',
        local: ['Delegieren', 'Délégation', 'Delegación'],
        appeal: 3,
        topics: list(
          'letting go of routine work, handing over ownership, delegating without micromanaging, delegation levels, follow-up that respects people, choosing what to delegate',
        ),
      },
      {
        name: 'Giving feedback',
        local: ['Feedback geben', 'Art du feedback', 'Retroalimentación eficaz'],
        appeal: 5,
        topics: list(
          'difficult conversations, everyday praise, upward feedback, written feedback, receiving feedback, feedback across cultures',
        ),
      },
      {
        name: 'Change leadership',
        local: ['Change Management', 'Conduite du changement', 'Gestión del cambio'],
        appeal: 3,
        topics: list(
          'communicating change, resistance and how to meet it, change stories, reorganisations, sponsor roles, keeping change alive',
        ),
      },
      {
        name: 'Strategic thinking',
        local: ['Strategisches Denken', 'Réflexion stratégique', 'Pensamiento estratégico'],
        appeal: 3,
        topics: list(
          'strategy on one page, scenario planning, competitor analysis, strategic priorities, second-order thinking, turning strategy into action',
        ),
      },
      {
        name: 'Decision making',
        local: ['Entscheidungsfindung', 'Prise de décision', 'Toma de decisiones'],
        appeal: 3,
        topics: list(
          'decisions under uncertainty, cognitive biases, decision logs, group decisions, reversible and irreversible choices, pre-mortems',
        ),
      },
      {
        name: 'Remote leadership',
        local: ['Führen auf Distanz', 'Management à distance', 'Liderazgo a distancia'],
        appeal: 3,
        topics: list(
          'one-to-ones at a distance, asynchronous teamwork, hybrid team agreements, belonging from afar, remote onboarding, visible results',
        ),
        under: 'Team leadership',
      },
      {
        name: 'Conflict resolution',
        local: ['Konfliktlösung', 'Gestion des conflits', 'Resolución de conflictos'],
        appeal: 3,
        topics: list(
          'mediating between colleagues, early signs of conflict, de-escalation, interest-based problem solving, conflict styles, repairing working relationships',
        ),
      },
      {
        name: 'Performance conversations',
        local: ['Mitarbeitergespräche', "Entretiens d'évaluation", 'Conversaciones de desempeño'],
        appeal: 2,
        topics: list(
          'annual reviews, underperformance, objectives and key results, calibration meetings, development plans, recognition and reward',
        ),
        under: 'Giving feedback',
      },
    ],
  },
  {
    name: 'Communication',
    family: 'PEOPLE',
    audiences: list(
      'Technical Experts, Team Leads, New Starters, Client-Facing Teams, Non-Native Speakers, Introverts',
    ),
    contexts: list(
      'in Remote Teams, with Senior Stakeholders, Across Cultures, Under Pressure, in Large Organisations',
    ),
    skills: [
      {
        name: 'Presenting',
        local: ['Präsentieren', 'Prise de parole en public', 'Presentaciones eficaces'],
        appeal: 5,
        topics: list(
          'openings that hold attention, presenting numbers, slide design, stage fright, online presentations, handling questions',
        ),
      },
      {
        name: 'Business writing',
        local: ['Geschäftliches Schreiben', 'Rédaction professionnelle', 'Redacción profesional'],
        appeal: 4,
        topics: list(
          'clear e-mails, executive summaries, plain language, report structure, editing your own text, writing decision papers',
        ),
      },
      {
        name: 'Active listening',
        local: ['Aktives Zuhören', 'Écoute active', 'Escucha activa'],
        appeal: 2,
        topics: list(
          'listening without fixing, reading body language, asking open questions, paraphrasing, silence in conversation, empathy on the telephone',
        ),
      },
      {
        name: 'Storytelling',
        local: ['Storytelling im Beruf', 'Storytelling en entreprise', 'Narrativa empresarial'],
        appeal: 3,
        topics: list(
          'story structure, stories about data, customer stories, personal anecdotes at work, visual storytelling, case study writing',
        ),
        under: 'Presenting',
      },
      {
        name: 'Facilitation',
        local: ['Moderation', 'Facilitation', 'Facilitación de grupos'],
        appeal: 2,
        topics: list(
          'workshop design, retrospectives, brainstorming methods, quiet voices, online whiteboards, closing a workshop well',
        ),
      },
      {
        name: 'Negotiation',
        local: ['Verhandlungsführung', 'Négociation', 'Negociación'],
        appeal: 4,
        topics: list(
          'preparing your position, first offers and anchors, concessions that count, salary negotiations, deadlocks, win-win agreements',
        ),
      },
      {
        name: 'Stakeholder management',
        local: ['Stakeholder-Management', 'Gestion des parties prenantes', 'Gestión de partes interesadas'],
        appeal: 3,
        topics: list(
          'stakeholder mapping, expectations and promises, saying no politely, steering committees, bad news early, winning sponsors',
        ),
      },
      {
        name: 'Effective meetings',
        local: ['Effektive Besprechungen', 'Réunions efficaces', 'Reuniones eficaces'],
        appeal: 3,
        topics: list(
          'agendas that work, shorter meetings, meeting notes and actions, stand-ups, hybrid meetings, meetings without slides',
        ),
      },
      {
        name: 'Cross-cultural communication',
        local: ['Interkulturelle Kommunikation', 'Communication interculturelle', 'Comunicación intercultural'],
        appeal: 2,
        topics: list(
          'direct and indirect styles, hierarchy and culture, humour across borders, global team calls, cultural self-awareness, feedback and face',
        ),
      },
      {
        name: 'Influencing',
        local: ['Überzeugen und Einfluss nehmen', 'Influence et persuasion', 'Influencia y persuasión'],
        appeal: 3,
        topics: list(
          'influence without authority, building alliances, persuasive arguments, credibility, networking inside the company, objections',
        ),
        under: 'Stakeholder management',
      },
    ],
  },
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
