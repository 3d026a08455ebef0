import { createHash } from 'node:crypto';

export interface ExampleQuery {
  /** As shown in the list, such as `Recommendations for a learner`. */
  readonly title: string;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

const NO_FEATURE_EXAMPLE: ExampleQuery = {
  title: 'What this API offers',
  query:
    '{\n  __schema {\n    queryType { fields { name description } }\n    mutationType { fields { name description } }\n  }\n}',
};

/**
 * The page at `/`: what this service is, how to send a key, and a small console. It is one document that loads nothing
 * from anywhere, so it works without the internet, and its policy lets only its own style and script run.
 */
export function landingPage(examples: readonly ExampleQuery[]): { readonly html: string; readonly policy: string } {
  const shown = [...examples, NO_FEATURE_EXAMPLE];
  const first = shown[0] ?? NO_FEATURE_EXAMPLE;
  const options = shown.map((example, index) => `<option value="${index}">${escapeHtml(example.title)}</option>`);
  const html = PAGE.replace('%STYLE%', () => STYLE)
    .replace('%OPTIONS%', () => options.join(''))
    .replace('%QUERY%', () => escapeHtml(first.query))
    .replace('%VARIABLES%', () => escapeHtml(JSON.stringify(first.variables ?? {}, null, 2)))
    .replace('%EXAMPLES%', () => JSON.stringify(shown).replaceAll('<', '\\u003c'))
    .replace('%SCRIPT%', () => SCRIPT);
  const policy = [
    "default-src 'none'",
    `style-src ${hashOf(STYLE)}`,
    `script-src ${hashOf(SCRIPT)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return { html, policy };
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '');

const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f7f5f0; --card: #fffdf9; --ink: #1d2a33; --soft: #5a6870; --line: #d9d4c8;
  --accent: #0b5f6b; --on-accent: #ffffff; --good: #1c6b3c; --bad: #a32a2a; --code: #f1eee6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12191d; --card: #1a2328; --ink: #e8ecee; --soft: #a3b1b8; --line: #34424a;
    --accent: #63c7d3; --on-accent: #08252a; --good: #7ed39c; --bad: #f19a9a; --code: #10171a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 ui-sans-serif, system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main, header, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 3.5rem; padding-bottom: 1rem; }
h1 { display: flex; align-items: center; gap: .75rem; margin: 0; font-size: 2.25rem; letter-spacing: -.02em; }
h1 svg { width: 2.25rem; height: 2.25rem; color: var(--accent); }
h2 { margin: 0 0 1rem; font-size: 1.2rem; }
p { margin: .5rem 0 1rem; max-width: 65ch; }
.lead { font-size: 1.15rem; color: var(--soft); }
a { color: var(--accent); }
section { margin: 0 0 1.5rem; padding: 1.5rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
code, pre, textarea, input { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .9rem; }
code { padding: .1rem .35rem; background: var(--code); border-radius: .3rem; overflow-wrap: anywhere; }
pre { margin: 0; padding: 1rem; background: var(--code); border: 1px solid var(--line); border-radius: .5rem; overflow: auto; line-height: 1.5; }
pre code { padding: 0; background: none; }
label { display: block; margin: 0 0 .3rem; font-weight: 600; font-size: .9rem; }
input, textarea, select {
  width: 100%; padding: .6rem .75rem; color: inherit; background: var(--paper);
  border: 1px solid var(--soft); border-radius: .5rem;
}
textarea { line-height: 1.5; resize: vertical; tab-size: 2; }
button {
  min-height: 2.75rem; padding: .5rem 1.4rem; font: inherit; font-weight: 600; cursor: pointer;
  color: var(--on-accent); background: var(--accent); border: 0; border-radius: .5rem;
}
button.quiet { color: var(--accent); background: none; border: 1px solid var(--accent); }
button:disabled { opacity: .6; cursor: progress; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.columns { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
.stack > * + * { margin-top: 1rem; }
.bar { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; }
.hint { margin: .3rem 0 0; color: var(--soft); font-size: .85rem; }
#status { min-height: 1.6rem; margin: 0; font-weight: 600; }
#status[data-kind=good] { color: var(--good); }
#status[data-kind=bad] { color: var(--bad); }
#answer { min-height: 22rem; max-height: 44rem; }
#schema ul { margin: .5rem 0 1rem; padding: 0; list-style: none; display: grid; gap: .5rem 1.5rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); }
#schema li { border-left: 3px solid var(--line); padding-left: .75rem; }
#schema li span { display: block; color: var(--soft); font-size: .9rem; }
footer { padding-bottom: 3rem; color: var(--soft); font-size: .9rem; }
`;

const SCRIPT = `
'use strict';
const by = (id) => document.getElementById(id);
const examples = JSON.parse(by('examples').textContent);
const endpoint = location.origin + '/graphql';
for (const place of document.querySelectorAll('[data-endpoint]')) place.textContent = endpoint;

function say(kind, text) {
  by('status').dataset.kind = kind;
  by('status').textContent = text;
}

async function ask(query, variables) {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const key = by('key').value.trim();
  if (key !== '') headers.authorization = 'Bearer ' + key;
  const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables }), credentials: 'omit' });
  return { status: response.status, body: await response.json() };
}

async function run() {
  let variables;
  try {
    variables = JSON.parse(by('variables').value.trim() || '{}');
  } catch {
    say('bad', 'The variables are not valid JSON.');
    by('variables').focus();
    return;
  }
  by('run').disabled = true;
  say('', 'Asking\\u2026');
  const started = performance.now();
  try {
    const { status, body } = await ask(by('query').value, variables);
    const ms = Math.round(performance.now() - started);
    by('answer').textContent = JSON.stringify(body, null, 2);
    if (body.errors === undefined) say('good', 'Answered in ' + ms + ' ms.');
    else say('bad', body.errors[0].message + ' (HTTP ' + status + ', ' + ms + ' ms)');
  } catch (error) {
    say('bad', 'No answer: ' + error.message);
  } finally {
    by('run').disabled = false;
  }
}

function listOf(title, fields) {
  const heading = document.createElement('h3');
  heading.textContent = title;
  const list = document.createElement('ul');
  for (const field of fields) {
    const item = document.createElement('li');
    const name = document.createElement('code');
    name.textContent = field.name;
    const text = document.createElement('span');
    text.textContent = field.description || '';
    item.append(name, text);
    list.append(item);
  }
  return [heading, list];
}

async function showSchema() {
  by('load').disabled = true;
  try {
    const { body } = await ask(examples[examples.length - 1].query, {});
    if (body.errors !== undefined) {
      by('schema').textContent = body.errors[0].message;
      return;
    }
    const schema = body.data.__schema;
    by('schema').replaceChildren(
      ...listOf('Queries', schema.queryType.fields),
      ...listOf('Mutations', schema.mutationType === null ? [] : schema.mutationType.fields),
    );
  } catch (error) {
    by('schema').textContent = 'No answer: ' + error.message;
  } finally {
    by('load').disabled = false;
  }
}

by('example').addEventListener('change', () => {
  const example = examples[Number(by('example').value)];
  by('query').value = example.query;
  by('variables').value = JSON.stringify(example.variables || {}, null, 2);
});
by('run').addEventListener('click', run);
by('load').addEventListener('click', showSchema);
by('console').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});
`;

const ICON =
  '<svg viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" ' +
  'stroke-linejoin="round" aria-hidden="true"><path d="M6 28V5"/><path d="M6 6h15l5 4.5-5 4.5H6"/>' +
  '<path d="M12 28c0-5 4-5 8-6s6-2 6-4" stroke-dasharray="1 4.6"/></svg>';

const FAVICON =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 32 32%22 fill=%22none%22 ' +
  'stroke=%22%230b8090%22 stroke-width=%223%22 stroke-linecap=%22round%22 stroke-linejoin=%22round%22%3E' +
  '%3Cpath d=%22M7 28V5M7 6h15l4 4.5-4 4.5H7%22/%3E%3C/svg%3E';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Waymark</title>
<link rel="icon" href="${FAVICON}">
<style>%STYLE%</style>
</head>
<body>
<header>
<h1>${ICON}Waymark</h1>
<p class="lead">Knows what each employee should learn next, and when it should reach them.</p>
</header>
<main>
<section aria-labelledby="start">
<h2 id="start">Start here</h2>
<p>This is a GraphQL API. Its address is <code data-endpoint>/graphql</code>. Every request carries an API key, or the
token of an employee, in the <code>Authorization</code> header:</p>
<pre tabindex="0" role="region" aria-label="Example with curl"><code>curl <span data-endpoint>/graphql</span> \\
  -H 'Authorization: Bearer YOUR_KEY' \\
  -H 'Content-Type: application/json' \\
  -d '{"query":"{ __typename }"}'</code></pre>
<p class="hint">Probes: <a href="/healthz">/healthz</a> and <a href="/readyz">/readyz</a>. Figures for Prometheus:
<code>/metrics</code>.</p>
</section>
<section id="console" aria-labelledby="try">
<h2 id="try">Try it</h2>
<div class="columns">
<div class="stack">
<div><label for="key">API key or token</label>
<input id="key" type="password" autocomplete="off" spellcheck="false" aria-describedby="key-hint">
<p class="hint" id="key-hint">Stays in this page's memory and is gone when you close it.</p></div>
<div><label for="example">Example</label><select id="example">%OPTIONS%</select></div>
<div><label for="query">Query</label>
<textarea id="query" rows="14" spellcheck="false" autocapitalize="off">%QUERY%</textarea></div>
<div><label for="variables">Variables (JSON)</label>
<textarea id="variables" rows="4" spellcheck="false" autocapitalize="off">%VARIABLES%</textarea></div>
<div class="bar"><button id="run" type="button">Run</button><span class="hint">or Ctrl + Enter</span></div>
</div>
<div class="stack">
<p id="status" role="status">Nothing asked yet.</p>
<pre id="answer" tabindex="0" role="region" aria-label="Answer"></pre>
</div>
</div>
</section>
<section aria-labelledby="offers">
<h2 id="offers">What it offers</h2>
<p>With a key filled in above, the API describes itself.</p>
<button id="load" class="quiet" type="button">Show queries and mutations</button>
<div id="schema" aria-live="polite"></div>
</section>
</main>
<footer><p>This page loads nothing from the internet.</p></footer>
<script type="application/json" id="examples">%EXAMPLES%</script>
<script>%SCRIPT%</script>
</body>
</html>
`;
