import { type AreaWords, list } from './words.js';

export const BUSINESS_AREAS: readonly AreaWords[] = [
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
