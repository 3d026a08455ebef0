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
];
