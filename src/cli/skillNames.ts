import { createHash } from 'node:crypto';
import type { Skill } from '../catalog/course.js';

const MAX_SLUG = 80;

/** Whether a name stands for one skill, and which. */
export type NamedSkill = { readonly id: string } | { readonly ambiguousIds: readonly string[] };

/**
 * Skills by the names that files call them by. A name nobody knows gets the id that its skill would have if it were
 * created, so that rows can be sent first and skills created only for those that are otherwise in order.
 */
export class SkillNames {
  readonly #stored: () => ReadonlyMap<string, Skill>;
  #indexed: ReadonlyMap<string, Skill> | null = null;
  #idsByName = new Map<string, string[]>();
  readonly #newIdByName = new Map<string, string>();
  readonly #newNameById = new Map<string, string>();

  /** @param stored the skills that exist at the moment of the call, the same map as long as nothing changes */
  constructor(stored: () => ReadonlyMap<string, Skill>) {
    this.#stored = stored;
  }

  /** The skill of this name; else the one of this id; else the id of a new one. */
  find(given: string): NamedSkill {
    const name = plainName(given);
    this.#refresh();
    const ids = this.#idsByName.get(name) ?? [];
    const [id] = ids;
    if (ids.length > 1) return { ambiguousIds: [...ids].sort() };
    if (id !== undefined) return { id };
    // An id made up here is none that a file could mean, even once its skill is stored.
    const isId = this.#stored().has(given) && !this.#newNameById.has(given);
    return { id: isId ? given : this.#newId(name) };
  }

  /** The name behind an id that `find` made up; null for an id that was given as such. */
  newName(id: string): string | null {
    return this.#newNameById.get(id) ?? null;
  }

  #newId(name: string): string {
    const known = this.#newIdByName.get(name);
    if (known !== undefined) return known;
    const slug = slugOf(name);
    const isTaken = this.#stored().has(slug) || this.#newNameById.has(slug);
    const isWhole = slug !== '' && slug.length <= MAX_SLUG;
    const id = isWhole && !isTaken ? slug : [slug.slice(0, MAX_SLUG), hashOf(name)].filter((p) => p !== '').join('-');
    this.#newIdByName.set(name, id);
    this.#newNameById.set(id, name);
    return id;
  }

  #refresh(): void {
    const stored = this.#stored();
    if (stored === this.#indexed) return;
    this.#indexed = stored;
    this.#idsByName = new Map();
    for (const skill of stored.values()) {
      const name = plainName(skill.name);
      const ids = this.#idsByName.get(name);
      if (ids === undefined) this.#idsByName.set(name, [skill.id]);
      else ids.push(skill.id);
    }
  }
}

/** Case tells names apart: SOAP is a protocol, Soap is not. */
const plainName = (name: string): string => name.normalize('NFC').replaceAll(/\s+/g, ' ').trim();

/** `Python (programming language)` as `python-programming-language`, `C++` as `c-plus-plus`, `C#` as `c-sharp`. */
function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('+', ' plus ')
    .replaceAll('#', ' sharp ')
    .replaceAll('&', ' and ')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '');
}

const hashOf = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 8);
