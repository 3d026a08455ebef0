import { type AreaWords, list } from './words.js';

export const PLANNING_AREAS: readonly AreaWords[] = [
  {
    name: 'Finance',
    family: 'BUSINESS',
    audiences: list('Non-Financial Managers, Budget Holders, Analysts, Accountants, Founders, Project Leads'),
    contexts: list(
      'in Uncertain Times, in Global Companies, in Small Companies, at Year End, in Shared Service Centres',
    ),
    skills: [
      {
        name: 'Financial literacy',
        local: ['Finanzwissen', 'Culture financière', 'Cultura financiera'],
        appeal: 4,
        topics: list(
          'reading a balance sheet, cash flow, profit and loss, working capital, financial ratios, how companies make money',
        ),
      },
      {
        name: 'Budgeting',
        local: ['Budgetierung', 'Élaboration de budget', 'Presupuestos'],
        appeal: 3,
        topics: list(
          'annual budgets, rolling forecasts, zero-based budgets, budget reviews, budget variances, cost centres',
        ),
      },
      {
        name: 'Financial modelling',
        local: ['Finanzmodellierung', 'Modélisation financière', 'Modelización financiera'],
        appeal: 3,
        topics: list(
          'three-statement models, sensitivity tables, model audits, revenue drivers, debt schedules, scenario switches',
        ),
      },
      {
        name: 'Management accounting',
        local: ['Controlling', 'Contrôle de gestion', 'Contabilidad de gestión'],
        appeal: 2,
        topics: list(
          'contribution margins, activity-based costing, month-end close, transfer prices, management reports, cost allocation',
        ),
      },
      {
        name: 'Cost control',
        local: ['Kostenkontrolle', 'Maîtrise des coûts', 'Control de costes'],
        appeal: 2,
        topics: list(
          'spend analysis, travel costs, cost-saving ideas, overhead reduction, contract leakage, make-or-buy decisions',
        ),
        under: 'Budgeting',
      },
      {
        name: 'Investment appraisal',
        local: ['Investitionsrechnung', "Évaluation d'investissements", 'Evaluación de inversiones'],
        appeal: 2,
        topics: list(
          'net present value, payback periods, business cases, hurdle rates, real options, post-investment reviews',
        ),
      },
      {
        name: 'Procurement',
        local: ['Einkauf', 'Achats', 'Compras'],
        appeal: 2,
        topics: list(
          'supplier selection, tender documents, category management, supplier negotiations, purchase-to-pay, sustainable sourcing',
        ),
      },
      {
        name: 'Business taxation',
        local: ['Unternehmenssteuern', "Fiscalité d'entreprise", 'Fiscalidad empresarial'],
        appeal: 1,
        topics: list(
          'value added tax, withholding tax, cross-border services, tax calendars, payroll tax, tax documentation',
        ),
      },
      {
        name: 'Internal audit',
        local: ['Interne Revision', 'Audit interne', 'Auditoría interna'],
        appeal: 1,
        topics: list(
          'audit planning, control testing, audit interviews, audit reports, fraud indicators, segregation of duties',
        ),
      },
      {
        name: 'Financial reporting',
        local: ['Finanzberichterstattung', 'Reporting financier', 'Información financiera'],
        appeal: 2,
        topics: list(
          'revenue recognition, leases on the balance sheet, consolidation, impairment tests, sustainability reporting, disclosure notes',
        ),
      },
    ],
  },
  {
    name: 'Project management',
    family: 'BUSINESS',
    audiences: list(
      'New Project Managers, Team Leads, Product Owners, Programme Offices, Engineers, Executive Sponsors',
    ),
    contexts: list(
      'in Hybrid Projects, Across Departments, Under Tight Deadlines, in Large Programmes, with External Partners',
    ),
    skills: [
      {
        name: 'Agile delivery',
        local: ['Agiles Arbeiten', 'Méthodes agiles', 'Métodos ágiles'],
        appeal: 5,
        topics: list(
          'agile principles, iteration planning, user stories, agile metrics, scaling agile, agile contracts',
        ),
      },
      {
        name: 'Scrum',
        local: ['Scrum', 'Scrum', 'Scrum'],
        appeal: 3,
        topics: list(
          'sprint planning, sprint reviews, the Scrum Master role, definition of done, product backlogs, daily Scrum',
        ),
        under: 'Agile delivery',
      },
      {
        name: 'Kanban',
        local: ['Kanban', 'Kanban', 'Kanban'],
        appeal: 2,
        topics: list(
          'work-in-progress limits, flow metrics, Kanban boards, service classes, bottlenecks, replenishment meetings',
        ),
        under: 'Agile delivery',
      },
      {
        name: 'Project planning',
        local: ['Projektplanung', 'Planification de projet', 'Planificación de proyectos'],
        appeal: 4,
        topics: list(
          'work breakdown structures, critical paths, project charters, estimation, milestones, resource plans',
        ),
      },
      {
        name: 'Risk management',
        local: ['Risikomanagement', 'Gestion des risques', 'Gestión de riesgos'],
        appeal: 3,
        topics: list(
          'risk registers, risk workshops, contingency plans, risk appetite, early warning signs, issue escalation',
        ),
      },
      {
        name: 'Programme management',
        local: ['Programmmanagement', 'Gestion de programmes', 'Gestión de programas'],
        appeal: 1,
        topics: list(
          'benefits tracking, programme governance, dependency maps, portfolio reviews, status reports, programme offices',
        ),
        under: 'Project planning',
      },
      {
        name: 'Requirements analysis',
        local: ['Anforderungsanalyse', 'Analyse des besoins', 'Análisis de requisitos'],
        appeal: 2,
        topics: list(
          'requirements interviews, acceptance criteria, process maps, prototypes, non-functional requirements, traceability',
        ),
      },
      {
        name: 'Product ownership',
        local: ['Product Ownership', 'Rôle de product owner', 'Gestión de producto'],
        appeal: 3,
        topics: list(
          'product vision, roadmaps, backlog ordering, product discovery, product metrics, opportunity assessment',
        ),
      },
      {
        name: 'Process improvement',
        local: ['Prozessverbesserung', 'Amélioration des processus', 'Mejora de procesos'],
        appeal: 3,
        topics: list(
          'value stream maps, root cause analysis, standard work, improvement boards, waste walks, process measures',
        ),
      },
      {
        name: 'Vendor management',
        local: ['Lieferantenmanagement', 'Gestion des prestataires', 'Gestión de proveedores'],
        appeal: 1,
        topics: list(
          'service level agreements, vendor reviews, outsourcing transitions, contract changes, vendor risk, exit plans',
        ),
      },
    ],
  },
];
