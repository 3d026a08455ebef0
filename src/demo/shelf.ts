/** Where somebody stands with a course. */
type CourseStatus = 'MET' | 'SAVED' | 'OPEN' | 'DONE' | 'REFUSED' | 'RESERVED';

export interface CourseState {
  status: CourseStatus;
  /** How well the course suits the person, 0–1: what ratings and staying power come from. */
  readonly like: number;
  /** 0–1. */
  progress: number;
  failures: number;
}

/** What one learner has met, begun, finished and refused, and what they can do by now. */
export class Shelf {
  private readonly states = new Map<number, CourseState>();
  /** Begun and not finished, the last touched at the end. */
  readonly open: number[] = [];
  readonly saved: number[] = [];
  /** What finished courses lead on to. */
  readonly next: number[] = [];

  /** @param levels by skill index, 0–1; it is changed as courses are finished */
  constructor(readonly levels: number[]) {}

  stateOf(course: number): CourseState | undefined {
    return this.states.get(course);
  }

  /** A course that is met again keeps what was thought of it the first time. */
  meet(course: number, like: number): CourseState {
    const known = this.states.get(course);
    if (known !== undefined) return known;
    const state: CourseState = { status: 'MET', like, progress: 0, failures: 0 };
    this.states.set(course, state);
    return state;
  }

  /** Set aside for an assignment: not for free choice. */
  reserve(course: number, like: number): void {
    this.meet(course, like).status = 'RESERVED';
  }

  isDone(course: number): boolean {
    return this.states.get(course)?.status === 'DONE';
  }

  touch(course: number, state: CourseState): void {
    this.close(course);
    state.status = 'OPEN';
    this.open.push(course);
  }

  close(course: number): void {
    const place = this.open.indexOf(course);
    if (place >= 0) this.open.splice(place, 1);
  }

  save(course: number, state: CourseState): void {
    state.status = 'SAVED';
    this.saved.push(course);
  }
}
