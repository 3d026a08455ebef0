import { type AreaWords, list } from './words.js';

export const DIGITAL_AREAS: readonly AreaWords[] = [
  {
    name: 'Data',
    family: 'DIGITAL',
    audiences: list('Analysts, Business Users, Data Engineers, Product Teams, Managers, Finance Teams'),
    contexts: list('at Scale, in Small Teams, in Regulated Industries, with Messy Data, in the Cloud'),
    skills: [
      {
        name: 'Data analysis',
        local: ['Datenanalyse', 'Analyse de données', 'Análisis de datos'],
        appeal: 5,
        topics: list(
          'exploratory analysis, data cleaning, asking better questions of data, cohort analysis, outliers, analysis write-ups',
        ),
      },
      {
        name: 'SQL',
        local: ['SQL', 'SQL', 'SQL'],
        appeal: 5,
        topics: list(
          'SQL joins, window functions, common table expressions, query plans, SQL aggregations, readable SQL',
        ),
        under: 'Data analysis',
      },
      {
        name: 'Spreadsheet modelling',
        local: ['Tabellenkalkulation', 'Modélisation sur tableur', 'Modelado en hojas de cálculo'],
        appeal: 5,
        topics: list(
          'pivot tables, lookup formulas, spreadsheet checks, charts in spreadsheets, what-if analysis, spreadsheet automation',
        ),
        under: 'Data analysis',
      },
      {
        name: 'Data visualisation',
        local: ['Datenvisualisierung', 'Visualisation de données', 'Visualización de datos'],
        appeal: 4,
        topics: list(
          'choosing the right chart, dashboard design, colour and accessibility, maps, small multiples, misleading charts',
        ),
      },
      {
        name: 'Statistics',
        local: ['Statistik', 'Statistiques', 'Estadística'],
        appeal: 3,
        topics: list('probability, confidence intervals, regression, hypothesis tests, sampling, Bayesian thinking'),
      },
      {
        name: 'Machine learning',
        local: ['Maschinelles Lernen', 'Apprentissage automatique', 'Aprendizaje automático'],
        appeal: 4,
        topics: list(
          'classification models, feature engineering, model evaluation, gradient boosting, neural networks, recommender systems',
        ),
      },
      {
        name: 'Data engineering',
        local: ['Data Engineering', 'Ingénierie des données', 'Ingeniería de datos'],
        appeal: 3,
        topics: list(
          'data pipelines, batch and streaming jobs, data warehouses, data contracts, schema evolution, pipeline monitoring',
        ),
      },
      {
        name: 'Data governance',
        local: ['Data Governance', 'Gouvernance des données', 'Gobierno del dato'],
        appeal: 2,
        topics: list(
          'data ownership, data catalogues, data quality rules, master data, data lineage, retention schedules',
        ),
      },
      {
        name: 'Experiment design',
        local: ['Versuchsplanung', "Plans d'expérience", 'Diseño de experimentos'],
        appeal: 2,
        topics: list(
          'randomised tests, sample sizes, test metrics, peeking and stopping, holdout groups, quasi-experiments',
        ),
        under: 'Statistics',
      },
      {
        name: 'Forecasting',
        local: ['Prognosen', 'Prévision', 'Pronósticos'],
        appeal: 2,
        topics: list(
          'seasonality, demand forecasts, forecast accuracy, judgemental forecasting, time series decomposition, probabilistic forecasts',
        ),
      },
    ],
  },
  {
    name: 'Software engineering',
    family: 'DIGITAL',
    audiences: list(
      'Backend Developers, Frontend Developers, Tech Leads, Career Changers, Data Scientists, Test Engineers',
    ),
    contexts: list('in Production, at Scale, in Legacy Systems, in Small Teams, in Monorepos'),
    skills: [
      {
        name: 'Python',
        local: ['Python', 'Python', 'Python'],
        appeal: 5,
        topics: list(
          'Python data structures, Python packaging, type hints, asynchronous Python, Python scripting, data frames in Python',
        ),
      },
      {
        name: 'Java',
        local: ['Java', 'Java', 'Java'],
        appeal: 3,
        topics: list(
          'Java streams, Java concurrency, garbage collection, Java records and pattern matching, build tools on the JVM, Java testing',
        ),
      },
      {
        name: 'TypeScript',
        local: ['TypeScript', 'TypeScript', 'TypeScript'],
        appeal: 4,
        topics: list(
          'TypeScript generics, narrowing and unions, strict TypeScript, migrating JavaScript to TypeScript, type-safe APIs, Node services in TypeScript',
        ),
      },
      {
        name: 'Web development',
        local: ['Webentwicklung', 'Développement web', 'Desarrollo web'],
        appeal: 4,
        topics: list(
          'modern CSS layout, component design, browser performance, forms and validation, state management, progressive enhancement',
        ),
      },
      {
        name: 'API design',
        local: ['API-Design', "Conception d'API", 'Diseño de API'],
        appeal: 3,
        topics: list(
          'REST resources, GraphQL schemas, API versioning, pagination, error contracts, idempotent endpoints',
        ),
      },
      {
        name: 'Software testing',
        local: ['Softwaretest', 'Test logiciel', 'Pruebas de software'],
        appeal: 4,
        topics: list(
          'unit tests, test-driven development, end-to-end tests, property-based testing, flaky tests, exploratory testing',
        ),
      },
      {
        name: 'Software architecture',
        local: ['Softwarearchitektur', 'Architecture logicielle', 'Arquitectura de software'],
        appeal: 3,
        topics: list(
          'modular monoliths, domain-driven design, event-driven systems, architecture decision records, microservice boundaries, quality attributes',
        ),
      },
      {
        name: 'Code review',
        local: ['Code-Review', 'Revue de code', 'Revisión de código'],
        appeal: 2,
        topics: list(
          'review comments people welcome, small pull requests, review checklists, pair programming, automated review, reviewing unfamiliar code',
        ),
      },
      {
        name: 'Version control',
        local: ['Versionsverwaltung', 'Gestion de versions', 'Control de versiones'],
        appeal: 3,
        topics: list(
          'Git branching, Git rebase and merge, commit messages, undoing things in Git, trunk-based development, resolving merge conflicts',
        ),
      },
      {
        name: 'Refactoring',
        local: ['Refactoring', 'Remaniement de code', 'Refactorización'],
        appeal: 2,
        topics: list(
          'code smells, safe small steps, breaking up large classes, removing dead code, characterisation tests, naming things',
        ),
        under: 'Software architecture',
      },
      {
        name: 'Mobile development',
        local: ['Mobile Entwicklung', 'Développement mobile', 'Desarrollo móvil'],
        appeal: 2,
        topics: list(
          'offline-first apps, push notifications, mobile navigation, app accessibility, battery and performance, app release trains',
        ),
      },
      {
        name: 'Digital accessibility',
        local: ['Digitale Barrierefreiheit', 'Accessibilité numérique', 'Accesibilidad digital'],
        appeal: 2,
        topics: list(
          'screen readers, keyboard navigation, accessible documents, colour contrast, accessible forms, accessibility audits',
        ),
        under: 'Web development',
      },
    ],
  },
  {
    name: 'AI and digital workplace',
    family: 'DIGITAL',
    audiences: list('All Employees, Managers, Office Teams, Analysts, Writers, Support Teams'),
    contexts: list('at Work, in Daily Tasks, with Confidential Data, in Small Teams, with Sceptical Colleagues'),
    skills: [
      {
        name: 'AI assistants',
        local: ['KI-Assistenten', 'Assistants IA', 'Asistentes de IA'],
        appeal: 5,
        topics: list(
          'AI in daily routines, checking AI answers, AI meeting summaries, AI in customer replies, limits of language models, AI research tasks',
        ),
      },
      {
        name: 'Prompt writing',
        local: ['Prompts schreiben', 'Rédaction de prompts', 'Redacción de prompts'],
        appeal: 4,
        topics: list(
          'clear prompts, prompt templates, examples in prompts, step-by-step prompts, prompts and privacy, prompt libraries',
        ),
        under: 'AI assistants',
      },
      {
        name: 'Responsible AI',
        local: ['Verantwortungsvolle KI', 'IA responsable', 'IA responsable'],
        appeal: 3,
        topics: list(
          'fairness in models, AI risk classes, human oversight, transparency notices, AI incident reporting, training data and consent',
        ),
      },
      {
        name: 'Digital collaboration',
        local: ['Digitale Zusammenarbeit', 'Collaboration numérique', 'Colaboración digital'],
        appeal: 3,
        topics: list(
          'shared documents, chat etiquette, video call skills, digital whiteboards, file organisation, team calendars',
        ),
      },
      {
        name: 'Office automation',
        local: ['Büroautomatisierung', 'Automatisation bureautique', 'Automatización de oficina'],
        appeal: 3,
        topics: list(
          'no-code workflows, form automation, mail merges, approval flows, document templates, robotic process automation',
        ),
      },
    ],
  },
];
