import { type AreaWords, list } from './words.js';

export const DUTY_AREAS: readonly AreaWords[] = [
  {
    name: 'Compliance',
    family: 'DUTY',
    audiences: list('All Employees, Managers, Commercial Teams, Finance Teams, Contractors, New Starters'),
    contexts: list('in International Business, in Daily Work, with Third Parties, in Sales, in Research'),
    skills: [
      {
        name: 'Business ethics',
        local: ['Unternehmensethik', 'Éthique des affaires', 'Ética empresarial'],
        appeal: 2,
        topics: list(
          'ethical dilemmas, gifts and hospitality, conflicts of interest, speaking up, fair treatment, company values',
        ),
      },
      {
        name: 'Data protection',
        local: ['Datenschutz', 'Protection des données', 'Protección de datos'],
        appeal: 3,
        topics: list(
          'personal data, data subject requests, privacy by design, data breaches, international transfers, privacy impact assessments',
        ),
      },
      {
        name: 'Anti-bribery',
        local: ['Korruptionsprävention', 'Lutte contre la corruption', 'Prevención del soborno'],
        appeal: 2,
        topics: list(
          'red flags of bribery, third-party due diligence, facilitation payments, sponsorship and donations, public officials, bribery risk assessments',
        ),
      },
      {
        name: 'Competition law',
        local: ['Kartellrecht', 'Droit de la concurrence', 'Derecho de la competencia'],
        appeal: 1,
        topics: list(
          'contacts with competitors, trade associations, exclusive contracts, dawn raids, price information, market dominance',
        ),
      },
      {
        name: 'Export control',
        local: ['Exportkontrolle', 'Contrôle des exportations', 'Control de exportaciones'],
        appeal: 1,
        topics: list(
          'sanctions lists, dual-use goods, end-user checks, technology transfers, export classification, re-export rules',
        ),
      },
      {
        name: 'Records management',
        local: ['Aktenführung', 'Gestion documentaire', 'Gestión documental'],
        appeal: 1,
        topics: list(
          'retention periods, legal holds, e-mail records, secure destruction, document naming, records audits',
        ),
      },
      {
        name: 'Whistleblowing',
        local: ['Hinweisgeberschutz', "Lanceurs d'alerte", 'Canales de denuncia'],
        appeal: 1,
        topics: list(
          'reporting channels, protection from retaliation, handling reports, anonymous reports, investigation basics, managers as first contact',
        ),
        under: 'Business ethics',
      },
      {
        name: 'Anti-money-laundering',
        local: ['Geldwäscheprävention', 'Lutte anti-blanchiment', 'Prevención del blanqueo'],
        appeal: 1,
        topics: list(
          'customer due diligence, suspicious transactions, beneficial owners, politically exposed persons, transaction monitoring, reporting duties',
        ),
      },
      {
        name: 'Insider dealing',
        local: ['Insiderhandel', "Délits d'initiés", 'Información privilegiada'],
        appeal: 1,
        topics: list(
          'inside information, closed periods, insider lists, market soundings, personal dealing rules, confidential projects',
        ),
      },
    ],
  },
  {
    name: 'Health and safety',
    family: 'DUTY',
    audiences: list('All Employees, Site Teams, Supervisors, Office Workers, Contractors, Safety Representatives'),
    contexts: list('on Site, in the Office, in the Warehouse, on Night Shifts, in Summer Heat'),
    skills: [
      {
        name: 'Fire safety',
        local: ['Brandschutz', 'Sécurité incendie', 'Seguridad contra incendios'],
        appeal: 2,
        topics: list(
          'fire extinguishers, evacuation routes, fire wardens, hot work, assembly points, fire risk assessments',
        ),
      },
      {
        name: 'First aid',
        local: ['Erste Hilfe', 'Premiers secours', 'Primeros auxilios'],
        appeal: 3,
        topics: list('resuscitation, bleeding and shock, burns, choking, defibrillators, workplace first-aid kits'),
      },
      {
        name: 'Manual handling',
        local: ['Heben und Tragen', 'Manutention manuelle', 'Manipulación de cargas'],
        appeal: 2,
        topics: list(
          'lifting technique, team lifts, trolleys and aids, back care, load assessment, repetitive handling',
        ),
      },
      {
        name: 'Workstation ergonomics',
        local: ['Ergonomie am Arbeitsplatz', 'Ergonomie du poste de travail', 'Ergonomía del puesto'],
        appeal: 2,
        topics: list(
          'chair and desk set-up, screen position, home office ergonomics, stretching at the desk, laptop posture, eye strain',
        ),
      },
      {
        name: 'Machine safety',
        local: ['Maschinensicherheit', 'Sécurité des machines', 'Seguridad de máquinas'],
        appeal: 2,
        topics: list(
          'lockout and tagout, machine guards, emergency stops, start-up checks, cleaning machines safely, robot cells',
        ),
      },
      {
        name: 'Chemical safety',
        local: ['Umgang mit Gefahrstoffen', 'Risque chimique', 'Seguridad química'],
        appeal: 1,
        topics: list(
          'safety data sheets, hazard labels, spill response, chemical storage, protective gloves, ventilation',
        ),
      },
      {
        name: 'Working at height',
        local: ['Arbeiten in der Höhe', 'Travail en hauteur', 'Trabajos en altura'],
        appeal: 1,
        topics: list(
          'ladder safety, harness checks, scaffold inspection, fall protection plans, mobile platforms, rescue from height',
        ),
      },
      {
        name: 'Driving for work',
        local: ['Fahren im Dienst', 'Risque routier professionnel', 'Conducción profesional'],
        appeal: 1,
        topics: list(
          'driver fatigue, winter driving, vehicle checks, eco-driving, phones at the wheel, accident procedure',
        ),
      },
      {
        name: 'Contractor safety',
        local: ['Fremdfirmensicherheit', 'Sécurité des prestataires', 'Seguridad de contratistas'],
        appeal: 1,
        topics: list(
          'permits to work, site inductions, contractor selection, toolbox talks, joint inspections, near-miss reporting',
        ),
      },
    ],
  },
];
