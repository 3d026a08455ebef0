import { readdir, readFile } from 'node:fs/promises';

// What Linux tells of a process; NaN elsewhere.

/** What it holds in memory, and the most that it ever held. */
export async function memoryOf(pid: number): Promise<{ readonly nowBytes: number; readonly mostBytes: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const read = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? Number.NaN) * 1024;
  return { nowBytes: read('VmRSS'), mostBytes: read('VmHWM') };
}

/** Files and connections that it has open. */
export async function openFiles(pid: number): Promise<number> {
  const open = await readdir(`/proc/${pid}/fd`).catch(() => null);
  return open?.length ?? Number.NaN;
}

/** The time of the processor that all its threads have taken so far. */
export async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // After the name, which may hold blanks: user and system time are the 12th and 13th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? Number.NaN) + Number(fields[12] ?? Number.NaN)) * MS_PER_TICK;
}

const MS_PER_TICK = 10;
