// The features in rank order: a feature may import those listed above it, never those below.
const RANKED_FEATURES = [
  'catalog',
  'learners',
  'activity',
  'training',
  'rules',
  'experiments',
  'goals',
  'recommendations',
  'delivery',
  'campaigns',
  'insights',
  'privacy',
];
const anyOf = (names) => `^src/(${names.join('|')})/`;
const ALL_FEATURES = anyOf(RANKED_FEATURES);

const ranking = RANKED_FEATURES.slice(0, -1).map((feature, i) => ({
  name: `rank-${feature}`,
  comment: `src/${feature} may not import a feature ranked below it`,
  severity: 'error',
  from: { path: `^src/${feature}/` },
  to: { path: anyOf(RANKED_FEATURES.slice(i + 1)) },
}));

// The rooms of src/rules, each of which uses those before it; services and resolvers stand above all of them.
const RULES_ROOMS = ['model', 'applying', 'conflicts', 'lifecycle', 'types'];
const rulesRooms = RULES_ROOMS.map((room, i) => ({
  name: `rules-room-${room}`,
  comment: `src/rules/${room} uses the rooms before it, and no service or resolver of its feature`,
  severity: 'error',
  from: { path: `^src/rules/${room}/` },
  to: { path: '^src/rules/', pathNot: `^src/rules/(${RULES_ROOMS.slice(0, i + 1).join('|')})/` },
}));

module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-libraries',
      comment: 'recsys and stats are arrays in, arrays out: they import each other and ml-matrix, nothing else',
      severity: 'error',
      from: { path: '^src/(recsys|stats)/', pathNot: '^src/recsys/kernels/' },
      to: { pathNot: '^src/(recsys|stats)/|node_modules/ml-matrix' },
    },
    {
      name: 'kernels-may-start-threads',
      comment: 'the kernels are compiled from a file and run on threads: of Node they may use what that takes',
      severity: 'error',
      from: { path: '^src/recsys/kernels/' },
      to: { pathNot: '^src/(recsys|stats)/|node_modules/ml-matrix|^(events|fs|os|worker_threads)$' },
    },
    {
      name: 'platform-knows-no-feature',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/(?!platform/)' },
    },
    {
      name: 'stores-are-private',
      comment:
        'a store belongs to its feature; others ask the service. storage.ts lists the table classes, insights reads',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: '^src/insights/' },
      to: { path: '^src/[^/]+/.+[.]store[.]ts$', pathNot: '^src/$1/' },
    },
    {
      name: 'only-app-wires',
      comment:
        'app.ts and storage.ts are the composition root: only main.ts, cli.ts and the cli commands may import it',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(app|main|cli)[.]ts$|^src/cli/' },
      to: { path: '^src/(app|storage|main|cli)[.]ts$|^src/cli/' },
    },
    {
      name: 'evaluation-below-training',
      comment: 'evaluation measures what training trains, and only the command line asks for it',
      severity: 'error',
      from: { path: '^src/evaluation/' },
      to: { path: anyOf(RANKED_FEATURES.slice(RANKED_FEATURES.indexOf('training') + 1)) },
    },
    {
      name: 'evaluation-behind-the-command',
      comment: 'the service does not evaluate files: only the command line may import the evaluation',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: '^src/(cli|evaluation)/' },
      to: { path: '^src/evaluation/' },
    },
    {
      name: 'demo-is-pure',
      comment: 'the demo generator makes rows; it knows no service and no database',
      severity: 'error',
      from: { path: '^src/demo/' },
      to: {
        path: `^src/platform/|${ALL_FEATURES}`,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'demo-behind-the-command',
      comment: 'made-up data must not reach the service: only the command line may import the generator',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: '^src/(cli|demo)/' },
      to: { path: '^src/demo/' },
    },
    ...rulesRooms,
    {
      name: 'src-not-test',
      severity: 'error',
      from: { path: '^(src|migrations)/' },
      to: { path: '^test/' },
    },
    {
      name: 'not-to-dev-dep',
      severity: 'error',
      from: { path: '^(src|migrations)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    ...ranking,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
    moduleSystems: ['es6', 'cjs'],
  },
};
