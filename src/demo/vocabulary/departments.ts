/** A part of the company. `shiftShare` is the part of its people at plant sites who work in shifts. */
export interface DepartmentWords {
  readonly name: string;
  readonly share: number;
  readonly shiftShare: number;
  /** People of a department with plants are mostly found where the plants are. */
  readonly atPlants: boolean;
}

/** The first one is the chief executive's; the others have a head each. */
export const DEPARTMENTS: readonly DepartmentWords[] = [
  { name: 'Executive Office', share: 0, shiftShare: 0, atPlants: false },
  { name: 'Engineering', share: 20, shiftShare: 0, atPlants: false },
  { name: 'Data and Analytics', share: 7, shiftShare: 0, atPlants: false },
  { name: 'IT and Security', share: 8, shiftShare: 0.15, atPlants: false },
  { name: 'Product', share: 5, shiftShare: 0, atPlants: false },
  { name: 'Sales', share: 13, shiftShare: 0, atPlants: false },
  { name: 'Customer Service', share: 10, shiftShare: 0.4, atPlants: false },
  { name: 'Marketing', share: 6, shiftShare: 0, atPlants: false },
  { name: 'People', share: 5, shiftShare: 0, atPlants: false },
  { name: 'Finance', share: 7, shiftShare: 0, atPlants: false },
  { name: 'Legal and Compliance', share: 3, shiftShare: 0, atPlants: false },
  { name: 'Operations', share: 16, shiftShare: 0.75, atPlants: true },
];
