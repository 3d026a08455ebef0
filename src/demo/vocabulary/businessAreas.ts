import { type AreaWords, list } from './words.js';

export const BUSINESS_AREAS: readonly AreaWords[] = [
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
    name: 'Sales and service',
    family: 'BUSINESS',
    audiences: list(
      'Account Executives, Sales Newcomers, Sales Managers, Support Agents, Technical Sellers, Customer Success Teams',
    ),
    contexts: list(
      'in Long Sales Cycles, in New Markets, with Key Accounts, in Regulated Sectors, in Competitive Markets',
    ),
    skills: [
      {
        name: 'Prospecting',
        local: ['Neukundengewinnung', 'Prospection commerciale', 'Prospección comercial'],
        appeal: 3,
        topics: list(
          'cold calls, outreach messages, ideal customer profiles, referrals, social selling, qualifying leads',
        ),
      },
      {
        name: 'Consultative selling',
        local: ['Beratender Verkauf', 'Vente conseil', 'Venta consultiva'],
        appeal: 4,
        topics: list(
          'discovery questions, value conversations, pain points, champions and buyers, objection handling, closing without pressure',
        ),
      },
      {
        name: 'Account management',
        local: ['Kundenbetreuung', 'Gestion de comptes clés', 'Gestión de cuentas'],
        appeal: 3,
        topics: list(
          'account plans, executive sponsors, renewals, cross-selling, quarterly business reviews, accounts at risk',
        ),
      },
      {
        name: 'Pipeline management',
        local: ['Pipeline-Management', 'Gestion du pipeline', 'Gestión del embudo de ventas'],
        appeal: 2,
        topics: list(
          'sales stages, forecast calls, pipeline hygiene, win-loss reviews, deal coaching, territory plans',
        ),
      },
      {
        name: 'Pricing',
        local: ['Preisgestaltung', 'Politique de prix', 'Fijación de precios'],
        appeal: 2,
        topics: list(
          'value-based pricing, discount discipline, price increases, subscription pricing, price tests, bundles',
        ),
      },
      {
        name: 'Customer success',
        local: ['Customer Success', 'Réussite client', 'Éxito del cliente'],
        appeal: 3,
        topics: list(
          'customer onboarding, health scores, churn signals, success plans, adoption campaigns, customer advocates',
        ),
      },
      {
        name: 'Product demonstrations',
        local: ['Produktvorführungen', 'Démonstrations produit', 'Demostraciones de producto'],
        appeal: 2,
        topics: list(
          'demo storylines, live demo recovery, tailored demos, technical deep dives, demo environments, discovery before demos',
        ),
        under: 'Consultative selling',
      },
      {
        name: 'Proposal writing',
        local: ['Angebotserstellung', "Rédaction d'offres", 'Redacción de ofertas'],
        appeal: 2,
        topics: list(
          'winning proposals, requests for proposal, compliance matrices, proposal pricing tables, reference stories, bid decisions',
        ),
      },
      {
        name: 'Customer service',
        local: ['Kundenservice', 'Service client', 'Atención al cliente'],
        appeal: 4,
        topics: list(
          'complaint handling, angry callers, first-contact resolution, chat support, service recovery, knowledge base articles',
        ),
      },
      {
        name: 'Partner sales',
        local: ['Partnervertrieb', 'Vente indirecte', 'Venta a través de socios'],
        appeal: 1,
        topics: list(
          'channel programmes, partner onboarding, joint business plans, deal registration, partner incentives, co-marketing',
        ),
      },
    ],
  },
  {
    name: 'Marketing',
    family: 'BUSINESS',
    audiences: list(
      'Marketing Newcomers, Brand Teams, Content Creators, Product Marketers, Small Teams, Campaign Managers',
    ),
    contexts: list('on a Small Budget, in Business Markets, in New Markets, Across Channels, in a Crowded Market'),
    skills: [
      {
        name: 'Brand strategy',
        local: ['Markenstrategie', 'Stratégie de marque', 'Estrategia de marca'],
        appeal: 3,
        topics: list(
          'brand positioning, tone of voice, brand architecture, rebranding, brand tracking, employer brands',
        ),
      },
      {
        name: 'Content marketing',
        local: ['Content-Marketing', 'Marketing de contenu', 'Marketing de contenidos'],
        appeal: 4,
        topics: list(
          'editorial calendars, content audits, white papers, video content, content distribution, thought leadership',
        ),
      },
      {
        name: 'Search marketing',
        local: ['Suchmaschinenmarketing', 'Référencement', 'Marketing en buscadores'],
        appeal: 3,
        topics: list(
          'keyword research, technical search optimisation, landing pages, paid search bids, local search, search intent',
        ),
      },
      {
        name: 'Social media',
        local: ['Social Media', 'Réseaux sociaux', 'Redes sociales'],
        appeal: 4,
        topics: list(
          'community management, short video formats, social listening, employee advocacy, social media crises, posting plans',
        ),
      },
      {
        name: 'Campaign analytics',
        local: ['Kampagnenanalyse', 'Analyse de campagnes', 'Analítica de campañas'],
        appeal: 2,
        topics: list(
          'attribution, conversion funnels, marketing dashboards, incrementality tests, customer lifetime value, campaign tagging',
        ),
      },
      {
        name: 'E-mail marketing',
        local: ['E-Mail-Marketing', 'E-mailing', 'Marketing por correo electrónico'],
        appeal: 2,
        topics: list(
          'subject lines, deliverability, newsletter design, lifecycle e-mails, list hygiene, permission and consent',
        ),
        under: 'Content marketing',
      },
      {
        name: 'Market research',
        local: ['Marktforschung', 'Études de marché', 'Investigación de mercados'],
        appeal: 2,
        topics: list(
          'survey design, customer interviews, focus groups, segmentation, competitor tracking, market sizing',
        ),
      },
      {
        name: 'Product marketing',
        local: ['Produktmarketing', 'Marketing produit', 'Marketing de producto'],
        appeal: 3,
        topics: list('launch plans, messaging frameworks, battle cards, buyer personas, win stories, feature adoption'),
      },
      {
        name: 'Copywriting',
        local: ['Werbetexten', 'Conception-rédaction', 'Redacción publicitaria'],
        appeal: 3,
        topics: list(
          'headlines, calls to action, microcopy, product descriptions, persuasive landing page copy, editing to length',
        ),
        under: 'Content marketing',
      },
      {
        name: 'Event marketing',
        local: ['Eventmarketing', 'Marketing événementiel', 'Marketing de eventos'],
        appeal: 1,
        topics: list('trade fairs, webinar promotion, event follow-up, speaker briefing, hybrid events, event budgets'),
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
  {
    name: 'Operations and supply chain',
    family: 'BUSINESS',
    audiences: list('Line Leaders, Warehouse Teams, Planners, Maintenance Crews, Quality Inspectors, Plant Managers'),
    contexts: list('on the Shop Floor, in the Warehouse, Across Sites, in Peak Season, with Ageing Equipment'),
    skills: [
      {
        name: 'Lean production',
        local: ['Lean Production', 'Production lean', 'Producción lean'],
        appeal: 3,
        topics: list('five S, visual management, quick changeovers, pull systems, daily huddles, kaizen events'),
      },
      {
        name: 'Quality management',
        local: ['Qualitätsmanagement', 'Management de la qualité', 'Gestión de la calidad'],
        appeal: 3,
        topics: list(
          'control charts, non-conformities, supplier quality, first-article inspection, quality audits, corrective actions',
        ),
      },
      {
        name: 'Inventory control',
        local: ['Bestandsführung', 'Gestion des stocks', 'Control de inventario'],
        appeal: 2,
        topics: list('cycle counts, safety stock, slow movers, stock accuracy, barcode discipline, reorder points'),
      },
      {
        name: 'Logistics',
        local: ['Logistik', 'Logistique', 'Logística'],
        appeal: 2,
        topics: list('route planning, customs papers, load safety, last-mile delivery, freight contracts, cold chains'),
      },
      {
        name: 'Equipment maintenance',
        local: ['Instandhaltung', 'Maintenance industrielle', 'Mantenimiento de equipos'],
        appeal: 2,
        topics: list(
          'preventive maintenance, condition monitoring, spare parts, lubrication, breakdown analysis, maintenance planning',
        ),
      },
      {
        name: 'Demand planning',
        local: ['Bedarfsplanung', 'Planification de la demande', 'Planificación de la demanda'],
        appeal: 2,
        topics: list(
          'sales and operations planning, promotion planning, planning parameters, supply constraints, new product forecasts, planning meetings',
        ),
      },
      {
        name: 'Sustainable operations',
        local: ['Nachhaltiger Betrieb', 'Opérations durables', 'Operaciones sostenibles'],
        appeal: 2,
        topics: list('energy saving, waste sorting, carbon footprints, circular packaging, water use, green logistics'),
      },
    ],
  },
];
