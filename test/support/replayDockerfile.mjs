// Replays the Dockerfile where there is no container engine, and tries out what comes of it.
//
// Every stage gets an empty root folder, into which only what the Dockerfile says is copied; commands run in it by
// chroot, with mounts and processes of their own, and the service runs as process 1 under the user that the Dockerfile
// names. What stands in for the base image is this machine: its /usr (read-only), so its libraries and npm, and the Node
// that runs this script: `npx -y -p node@24 node test/support/replayDockerfile.mjs` tries the version of the image.
//
// It cannot prove: that the base image exists, has these programs and this user, and suits its Node's version; the image's
// size and layers; what an engine adds (seccomp, capabilities, networks, how it treats a VOLUME). It needs Linux and root.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, posix, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const CONTEXT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
/** As in the official Node images. */
const USERS = { root: { uid: 0, gid: 0 }, node: { uid: 1000, gid: 1000 } };
const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 30_000;

const say = (text) => console.log(text);
function insist(holds, what) {
  if (!holds) throw new Error(`Not so: ${what}`);
  say(`  ok  ${what}`);
}

// ---------------------------------------------------------------------------------------------- reading the Dockerfile

function readStages(text) {
  const lines = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n/g, ' ');
  const stages = [];
  for (const line of lines
    .split('\n')
    .map((l) => l.trim())
    .filter((l) => l !== '')) {
    const [, instruction = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (instruction === 'FROM') {
      const [, base, name = String(stages.length)] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(rest) ?? [];
      if (base === undefined) throw new Error(`Cannot read: ${line}`);
      stages.push({ base, name, steps: [] });
    } else {
      stages.at(-1).steps.push({ instruction, rest, line });
    }
  }
  return stages;
}

/** A command in exec form; the shell form would put a shell between signals and the service. */
function execForm(text, line) {
  const command = text.startsWith('[') ? JSON.parse(text) : null;
  if (!Array.isArray(command) || command.length === 0) throw new Error(`Not in exec form: ${line}`);
  return command;
}

/** Whether an entry at the top of the context is sent to the engine, by a .dockerignore of plain names and a star. */
function readIgnore(text) {
  const lines = text
    .split('\n')
    .map((l) => l.trim())
    .filter((l) => l !== '' && !l.startsWith('#'));
  if (lines[0] !== '*' || !lines.slice(1).every((l) => /^![\w.-]+$/.test(l))) {
    throw new Error(
      '.dockerignore must shut everything out (*) and let top-level names in (!name): only this is replayed',
    );
  }
  const allowed = new Set(lines.slice(1).map((l) => l.slice(1)));
  return (name) => allowed.has(name);
}

// ------------------------------------------------------------------------------------------------------ a root to run in

// Arguments: root, uid:gid, working folder, the Node to run, command.
const ENTER = `
  set -e
  root=$1 user=$2 folder=$3 node=$4; shift 4
  mount --make-rprivate /
  for dir in usr bin sbin lib lib32 lib64 libx32 etc/ssl etc/alternatives; do
    if [ -d "$root/$dir" ] && [ ! -L "$root/$dir" ]; then
      mount --rbind "/$dir" "$root/$dir"
      mount -o remount,ro,bind "$root/$dir"
    fi
  done
  mount --bind "$node" "$root$(command -v node)"
  mount --rbind /dev "$root/dev"
  mount -t proc proc "$root/proc"
  exec chroot --userspec="$user" --groups= "$root" sh -c 'cd "$0" && exec "$@"' "$folder" "$@"
`;

function createRoot(root) {
  for (const dir of ['usr', 'bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']) {
    if (!existsSync(`/${dir}`)) continue;
    if (lstatSync(`/${dir}`).isSymbolicLink()) symlinkSync(readlinkSync(`/${dir}`), join(root, dir));
    else mkdirSync(join(root, dir));
  }
  for (const dir of ['proc', 'dev', 'etc/ssl', 'etc/alternatives', 'root', 'tmp', 'home/node']) {
    mkdirSync(join(root, dir), { recursive: true });
  }
  chmodSync(join(root, 'tmp'), 0o1777);
  chownSync(join(root, 'home/node'), USERS.node.uid, USERS.node.gid);
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n');
  for (const file of ['resolv.conf', 'hosts', 'nsswitch.conf']) {
    if (existsSync(`/etc/${file}`)) writeFileSync(join(root, 'etc', file), readFileSync(`/etc/${file}`));
  }
}

/** Settings under which this machine reaches its registry; lent to the commands that build, never to the service. */
function buildEnvironment() {
  const lent = Object.entries(process.env).filter(([name]) =>
    /^(npm_config_|https?_proxy$|no_proxy$|ssl_cert_|node_extra_ca_certs$)/i.test(name),
  );
  const npm = spawnSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8', cwd: '/' }).stdout.trim();
  return { ...Object.fromEntries(lent), npm_config_registry: npm, npm_config_cache: '/tmp/npm-cache' };
}

const BASE_ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

/** A command as process 1 inside a stage's root, as the user and in the folder that its steps have come to. */
function inside(state, command) {
  const { uid, gid } = USERS[state.user];
  const script = [ENTER, 'enter', state.root, `${uid}:${gid}`, state.folder, process.execPath];
  return ['unshare', ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', ...script, ...command]];
}

function run(state, command, env) {
  const [program, args] = inside(state, command);
  const { status } = spawnSync(program, args, {
    env: { ...BASE_ENVIRONMENT, HOME: '/root', ...state.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`Exit code ${status} of: ${command.join(' ')}`);
}

// ------------------------------------------------------------------------------------------------------------ replaying

function copy(state, rest, line, roots, isSent) {
  const words = rest.split(/\s+/);
  const from = words[0].startsWith('--from=') ? words.shift().slice('--from='.length) : null;
  if (words.some((word) => /[$*?[]|^--/.test(word)) || words.length < 2) throw new Error(`Not replayed: ${line}`);
  const to = words.pop();
  const target = join(state.root, posix.resolve(state.folder, to));
  for (const source of words) {
    if (from === null && !isSent(source.replace(/^\.\//, '').split('/')[0])) {
      throw new Error(`.dockerignore shuts out what is to be copied: ${line}`);
    }
    const path = join(from === null ? CONTEXT : roots.get(from), source);
    const isFolder = statSync(path).isDirectory();
    const place = !isFolder && (to.endsWith('/') || words.length > 1) ? join(target, basename(source)) : target;
    mkdirSync(dirname(place), { recursive: true });
    cpSync(path, place, { recursive: true, verbatimSymlinks: true });
    spawnSync('chown', ['-R', '-h', '0:0', place]);
  }
}

function replay(stages, isSent, workFolder) {
  const roots = new Map();
  const lent = buildEnvironment();
  let state;
  for (const stage of stages) {
    if (roots.has(stage.base)) throw new Error('A stage that builds on an earlier one is not replayed');
    const root = join(workFolder, `root-${stage.name}`);
    mkdirSync(root);
    createRoot(root);
    roots.set(stage.name, root);
    state = { root, folder: '/', user: 'root', env: {}, entrypoint: null, command: [], healthcheck: null };
    say(`\n=== ${stage.name} (${stage.base}, here Node ${process.versions.node})`);
    for (const { instruction, rest, line } of stage.steps) {
      say(`--- ${line.length > 110 ? `${line.slice(0, 110)}…` : line}`);
      if (instruction === 'WORKDIR') {
        state.folder = posix.resolve(state.folder, rest);
        mkdirSync(join(root, state.folder), { recursive: true });
      } else if (instruction === 'COPY') copy(state, rest, line, roots, isSent);
      else if (instruction === 'RUN')
        run(state, rest.startsWith('[') ? execForm(rest, line) : ['sh', '-c', rest], lent);
      else if (instruction === 'ENV') {
        if (!/^(\w+=[^\s"'$\\]+\s*)+$/.test(rest)) throw new Error(`Not replayed: ${line}`);
        for (const pair of rest.split(/\s+/))
          state.env[pair.slice(0, pair.indexOf('='))] = pair.slice(pair.indexOf('=') + 1);
      } else if (instruction === 'USER') {
        if (USERS[rest] === undefined) throw new Error(`The base image has no user ${rest}`);
        state.user = rest;
      } else if (instruction === 'ENTRYPOINT') state.entrypoint = execForm(rest, line);
      else if (instruction === 'CMD') state.command = execForm(rest, line);
      else if (instruction === 'HEALTHCHECK') state.healthcheck = execForm(rest.replace(/^.*?\bCMD\s+/, ''), line);
      else if (instruction !== 'VOLUME' && instruction !== 'EXPOSE') throw new Error(`Not replayed: ${line}`);
    }
  }
  return state;
}

// ------------------------------------------------------------------------------------------------------------ trying out

/** The service as process 1 of a container, with arguments as given to `docker run`. */
function start(state, args, env = {}) {
  const [program, programArgs] = inside(state, [...state.entrypoint, ...(args.length > 0 ? args : state.command)]);
  const all = { ...BASE_ENVIRONMENT, HOME: '/home/node', ...state.env, ...env };
  const unshare = spawn(program, programArgs, {
    env: all,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const container = { state, env: all, unshare, output: '', exited: once(unshare, 'exit').then(([code]) => code) };
  for (const stream of [unshare.stdout, unshare.stderr]) {
    stream.on('data', (text) => {
      container.output += text;
    });
  }
  return container;
}

/** Seen from outside; null before it is there. */
function processOne(container) {
  const { pid } = container.unshare;
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]) || null;
  } catch {
    return null;
  }
}

/** Runs a command inside, as `docker exec` and a health check do; its exit code. */
function execute(container, command) {
  const pid = processOne(container);
  if (pid === null) return 1;
  const { uid, gid } = USERS[container.state.user];
  const entering = ['--target', String(pid), '--mount', '--pid', '--root', '--wd', '--setuid', uid, '--setgid', gid];
  return (
    spawnSync('nsenter', [...entering.map(String), ...command], { env: container.env, timeout: 10_000 }).status ?? 1
  );
}

async function healthy(container) {
  const deadline = Date.now() + START_WITHIN_MS;
  while (Date.now() < deadline && container.unshare.exitCode === null) {
    if (execute(container, container.state.healthcheck) === 0) return true;
    await sleep(200);
  }
  return false;
}

async function shows(container, text) {
  const deadline = Date.now() + START_WITHIN_MS;
  while (!container.output.includes(text) && Date.now() < deadline && container.unshare.exitCode === null)
    await sleep(50);
  return container.output.includes(text);
}

/** What `docker stop` does: the exit code, or a complaint after the time an orchestrator would give. */
async function stop(container) {
  process.kill(processOne(container), 'SIGTERM');
  return await exitCode(container);
}

const exitCode = (container) =>
  Promise.race([container.exited, sleep(STOP_WITHIN_MS, 'still running', { ref: false })]);

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  return String(port);
}

async function ask(port, key, query) {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, body: await response.json() };
}

const idsOf = (pid) => /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];

async function tryOut(state, containers) {
  const begin = (...args) => {
    const container = start(state, ...args);
    containers.push(container);
    return container;
  };
  const PORT = await freePort();
  const app = join(state.root, 'app');
  say('\n=== what is in the image');
  insist(
    readdirSync(app).sort().join(' ') === 'dist node_modules package.json',
    '/app holds the program and nothing else',
  );
  insist(readdirSync(join(app, 'dist')).sort().join(' ') === 'migrations src', 'no tests are in it');
  insist(!existsSync(join(app, 'node_modules/typescript')), 'no development dependencies are in it');
  insist((statSync(join(state.root, 'data')).mode & 0o777) === 0o700, '/data is closed to other users');

  say('\n=== serve');
  const serving = begin(['serve'], { PORT });
  insist(await healthy(serving), 'the health check passes');
  insist(idsOf(processOne(serving)) === '1000', 'process 1 does not run as root');
  const isSameNode = `process.exit(process.version === '${process.version}' ? 0 : 1)`;
  insist(execute(serving, ['node', '-e', isSameNode]) === 0, `it has Node ${process.version}`);
  insist(execute(serving, ['sh', '-c', 'echo x > /app/dist/src/main.js']) !== 0, 'it cannot change its own program');
  // It answers before it shows the key.
  insist(await shows(serving, '"ready"'), 'it says that it is ready');
  const key = /wmk_\S+/.exec(serving.output)?.[0] ?? null;
  insist(key !== null, 'a first key is shown');
  insist(
    (await ask(PORT, null, '{ courses { edges { node { id } } } }')).status === 401,
    'without a key it says nothing',
  );
  const added = await ask(
    PORT,
    key,
    'mutation { upsertCourses(courses: [{ id: "c1", title: "One" }]) { storedCount } }',
  );
  insist(added.body.data?.upsertCourses.storedCount === 1, 'with the key it stores a course');
  const second = begin(['serve'], { PORT: await freePort() });
  insist(
    (await exitCode(second)) === 1 && /in use by process/.test(second.output),
    'a second one on the same volume is refused',
  );
  insist((await stop(serving)) === 0, 'it stops in order when told to');
  insist(execute(serving, state.healthcheck) !== 0, 'the health check fails when it is gone');

  say('\n=== no argument: both roles, on the same volume');
  const both = begin([], { PORT });
  insist(await healthy(both), 'the health check passes');
  insist(await shows(both, '"ready"'), 'it says that it is ready');
  const found = await ask(PORT, key, '{ courses { edges { node { title } } } }');
  insist(found.body.data?.courses.edges[0]?.node.title === 'One', 'key and course are still there');
  insist(!/wmk_/.test(both.output), 'no key is shown again');
  insist((await stop(both)) === 0, 'it stops in order when told to');

  say('\n=== work');
  const working = begin(['work']);
  insist(await healthy(working), 'the health check passes');
  insist(await shows(working, '"ready"'), 'it says that it is ready');
  await sleep(1_000);
  insist(working.unshare.exitCode === null, 'it goes on');
  insist((await stop(working)) === 0, 'it stops in order when told to');

  say('\n=== a wrong argument');
  const wrong = begin(['sleep']);
  insist((await exitCode(wrong)) === 64 && /Usage/.test(wrong.output), 'is answered with the usage');
}

if (
  process.platform !== 'linux' ||
  process.getuid() !== 0 ||
  spawnSync('unshare', ['--mount', '--pid', '--fork', 'true']).status !== 0
) {
  console.error('The replay needs Linux and the right to make mounts (root).');
  process.exit(2);
}
const workFolder = mkdtempSync(join(tmpdir(), 'waymark-image-'));
const containers = [];
let failed = false;
try {
  const stages = readStages(readFileSync(join(CONTEXT, 'Dockerfile'), 'utf8'));
  const isSent = readIgnore(readFileSync(join(CONTEXT, '.dockerignore'), 'utf8'));
  await tryOut(replay(stages, isSent, workFolder), containers);
  say(
    '\nThe Dockerfile was replayed. Not proven: anything about the base image itself, or an engine; see the top of this script.',
  );
} catch (error) {
  failed = true;
  console.error(`\n${error.message}`);
  for (const { output } of containers) if (output !== '') console.error(`\noutput of a container:\n${output}`);
} finally {
  for (const { unshare } of containers) if (unshare.exitCode === null) unshare.kill('SIGKILL');
  await Promise.all(containers.map(({ exited }) => exited));
  rmSync(workFolder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
