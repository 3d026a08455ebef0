/** Where people work. `plant` sites have shifts; `weekend` names the two days off (0 = Monday). */
export interface Place {
  readonly name: string;
  readonly zone: string;
  readonly language: string;
  readonly share: number;
  readonly plant: boolean;
  readonly weekend: readonly [number, number];
}

const SATURDAY_SUNDAY = [5, 6] as const;
const FRIDAY_SATURDAY = [4, 5] as const;

export const PLACES: readonly Place[] = [
  { name: 'London', zone: 'Europe/London', language: 'en', share: 14, plant: false, weekend: SATURDAY_SUNDAY },
  { name: 'Berlin', zone: 'Europe/Berlin', language: 'de', share: 12, plant: true, weekend: SATURDAY_SUNDAY },
  { name: 'Paris', zone: 'Europe/Paris', language: 'fr', share: 8, plant: false, weekend: SATURDAY_SUNDAY },
  { name: 'Madrid', zone: 'Europe/Madrid', language: 'es', share: 6, plant: false, weekend: SATURDAY_SUNDAY },
  { name: 'Dublin', zone: 'Europe/Dublin', language: 'en', share: 4, plant: false, weekend: SATURDAY_SUNDAY },
  { name: 'New York', zone: 'America/New_York', language: 'en', share: 11, plant: false, weekend: SATURDAY_SUNDAY },
  { name: 'Chicago', zone: 'America/Chicago', language: 'en', share: 8, plant: true, weekend: SATURDAY_SUNDAY },
  { name: 'San Diego', zone: 'America/Los_Angeles', language: 'en', share: 5, plant: false, weekend: SATURDAY_SUNDAY },
  { name: 'Mexico City', zone: 'America/Mexico_City', language: 'es', share: 5, plant: true, weekend: SATURDAY_SUNDAY },
  { name: 'São Paulo', zone: 'America/Sao_Paulo', language: 'en', share: 3, plant: false, weekend: SATURDAY_SUNDAY },
  { name: 'Bengaluru', zone: 'Asia/Kolkata', language: 'en', share: 9, plant: false, weekend: SATURDAY_SUNDAY },
  { name: 'Singapore', zone: 'Asia/Singapore', language: 'en', share: 4, plant: false, weekend: SATURDAY_SUNDAY },
  { name: 'Sydney', zone: 'Australia/Sydney', language: 'en', share: 4, plant: false, weekend: SATURDAY_SUNDAY },
  {
    name: 'Johannesburg',
    zone: 'Africa/Johannesburg',
    language: 'en',
    share: 2,
    plant: true,
    weekend: SATURDAY_SUNDAY,
  },
  { name: 'Cairo', zone: 'Africa/Cairo', language: 'en', share: 3, plant: false, weekend: FRIDAY_SATURDAY },
  { name: 'Riyadh', zone: 'Asia/Riyadh', language: 'en', share: 2, plant: false, weekend: FRIDAY_SATURDAY },
];
