import { type AreaWords, list } from './words.js';

export const INFRASTRUCTURE_AREAS: readonly AreaWords[] = [
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
];
