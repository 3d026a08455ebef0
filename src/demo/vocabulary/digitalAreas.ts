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
          'data pipelines, batch and streaming, data warehouses, data contracts, schema evolution, pipeline monitoring',
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
    name: 'Cloud and infrastructure',
    family: 'DIGITAL',
    audiences: list(
      'Platform Engineers, System Administrators, Developers, Site Reliability Engineers, Architects, Support Engineers',
    ),
    contexts: list('in Production, at Scale, on a Budget, in Hybrid Clouds, in Regulated Industries'),
    skills: [
      {
        name: 'Cloud architecture',
        local: ['Cloud-Architektur', 'Architecture cloud', 'Arquitectura en la nube'],
        appeal: 4,
        topics: list(
          'landing zones, serverless design, multi-region failover, cloud storage choices, migration planning, cloud networking patterns',
        ),
      },
      {
        name: 'Containers',
        local: ['Container-Technik', 'Conteneurs', 'Contenedores'],
        appeal: 3,
        topics: list(
          'container images, image hardening, container networking, multi-stage builds, container registries, rootless containers',
        ),
      },
      {
        name: 'Kubernetes',
        local: ['Kubernetes', 'Kubernetes', 'Kubernetes'],
        appeal: 3,
        topics: list(
          'Kubernetes workloads, Kubernetes networking, operators and controllers, cluster upgrades, resource requests and limits, Kubernetes troubleshooting',
        ),
        under: 'Containers',
      },
      {
        name: 'Infrastructure as code',
        local: ['Infrastructure as Code', 'Infrastructure as code', 'Infraestructura como código'],
        appeal: 3,
        topics: list(
          'declarative infrastructure, reusable modules, state and drift, policy as code, infrastructure tests, secrets in pipelines',
        ),
      },
      {
        name: 'Observability',
        local: ['Observability', 'Observabilité', 'Observabilidad'],
        appeal: 2,
        topics: list(
          'structured logs, metrics that matter, distributed tracing, alert fatigue, dashboards on call, service level objectives',
        ),
      },
      {
        name: 'Site reliability',
        local: ['Site Reliability', 'Fiabilité des services', 'Fiabilidad de servicios'],
        appeal: 2,
        topics: list(
          'blameless postmortems, error budgets, on-call health, capacity planning, chaos experiments, runbooks',
        ),
        under: 'Observability',
      },
      {
        name: 'Linux administration',
        local: ['Linux-Administration', 'Administration Linux', 'Administración de Linux'],
        appeal: 3,
        topics: list(
          'shell scripting, systemd services, file permissions, Linux performance, package management, log rotation',
        ),
      },
      {
        name: 'Networking',
        local: ['Netzwerktechnik', 'Réseaux informatiques', 'Redes informáticas'],
        appeal: 2,
        topics: list(
          'subnets and routing, DNS, load balancing, TLS certificates, network troubleshooting, virtual private networks',
        ),
      },
      {
        name: 'Cloud cost management',
        local: ['Cloud-Kostenmanagement', 'Maîtrise des coûts cloud', 'Control de costes en la nube'],
        appeal: 2,
        topics: list(
          'tagging and allocation, rightsizing, reserved capacity, cost anomaly alerts, unit economics of services, idle resources',
        ),
        under: 'Cloud architecture',
      },
      {
        name: 'Continuous delivery',
        local: ['Continuous Delivery', 'Livraison continue', 'Entrega continua'],
        appeal: 3,
        topics: list(
          'deployment pipelines, feature flags, blue-green deployments, release notes, database migrations, build speed',
        ),
      },
    ],
  },
  {
    name: 'Information security',
    family: 'DIGITAL',
    audiences: list('All Employees, Developers, System Administrators, Security Analysts, Executives, Remote Workers'),
    contexts: list('in Practice, in the Cloud, in Small Companies, on the Move, After an Attack'),
    skills: [
      {
        name: 'Security awareness',
        local: ['Sicherheitsbewusstsein', 'Sensibilisation à la sécurité', 'Concienciación en seguridad'],
        appeal: 3,
        topics: list(
          'strong passwords, safe browsing, removable media, clear desks, secure home offices, reporting incidents',
        ),
      },
      {
        name: 'Phishing defence',
        local: ['Phishing erkennen', 'Lutte contre le phishing', 'Defensa contra el phishing'],
        appeal: 3,
        topics: list(
          'spotting phishing mails, voice phishing, invoice fraud, suspicious links, QR code scams, deepfake calls',
        ),
        under: 'Security awareness',
      },
      {
        name: 'Secure coding',
        local: ['Sichere Programmierung', 'Développement sécurisé', 'Programación segura'],
        appeal: 3,
        topics: list(
          'input validation, injection attacks, session handling, dependency risks, secure defaults, secrets management',
        ),
      },
      {
        name: 'Threat modelling',
        local: ['Bedrohungsmodellierung', 'Modélisation des menaces', 'Modelado de amenazas'],
        appeal: 2,
        topics: list(
          'attack trees, trust boundaries, data flow diagrams, misuse cases, threat workshops, risk ratings',
        ),
        under: 'Secure coding',
      },
      {
        name: 'Incident response',
        local: ['Reaktion auf Sicherheitsvorfälle', 'Réponse aux incidents', 'Respuesta a incidentes'],
        appeal: 2,
        topics: list(
          'incident triage, evidence preservation, tabletop exercises, ransomware playbooks, crisis communication, lessons after incidents',
        ),
      },
      {
        name: 'Identity and access',
        local: ['Identitäts- und Zugriffsmanagement', 'Gestion des identités', 'Identidades y accesos'],
        appeal: 2,
        topics: list(
          'single sign-on, multi-factor authentication, least privilege, joiners and leavers, privileged accounts, access reviews',
        ),
      },
      {
        name: 'Penetration testing',
        local: ['Penetrationstests', "Tests d'intrusion", 'Pruebas de penetración'],
        appeal: 2,
        topics: list(
          'reconnaissance, web application testing, internal network tests, reporting findings, red and blue teams, wireless testing',
        ),
      },
      {
        name: 'Applied cryptography',
        local: ['Angewandte Kryptografie', 'Cryptographie appliquée', 'Criptografía aplicada'],
        appeal: 1,
        topics: list(
          'encryption at rest, key rotation, digital signatures, password hashing, certificate authorities, post-quantum readiness',
        ),
      },
      {
        name: 'Cloud security',
        local: ['Cloud-Sicherheit', 'Sécurité du cloud', 'Seguridad en la nube'],
        appeal: 2,
        topics: list(
          'cloud misconfigurations, workload identities, cloud logging and detection, shared responsibility, tenant isolation, cloud compliance checks',
        ),
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
        name: 'Working with AI assistants',
        local: ['Arbeiten mit KI-Assistenten', 'Travailler avec une IA', 'Trabajar con asistentes de IA'],
        appeal: 5,
        topics: list(
          'everyday AI assistants, checking AI answers, AI meeting summaries, AI in customer replies, limits of language models, AI research tasks',
        ),
      },
      {
        name: 'Prompt writing',
        local: ['Prompts schreiben', 'Rédaction de prompts', 'Redacción de prompts'],
        appeal: 4,
        topics: list(
          'clear prompts, prompt templates, examples in prompts, step-by-step prompts, prompts and privacy, prompt libraries',
        ),
        under: 'Working with AI assistants',
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
