import { list } from './words.js';

/** Things people look for that no course of the demo teaches. */
export const UNCOVERED_SEARCHES = list(
  'quantum computing, sign language, japanese for beginners, drone licence, rust programming, video editing, photography, ' +
    'forklift licence renewal, patent law, beekeeping, blockchain, 3d printing, voice training, speed reading, arabic, ' +
    'hydrogen technology, crane operator, gis mapping, podcast production, carpentry, mainframe cobol, game design, ' +
    'grant writing, translation software, wine tasting, embedded c, fpga design, medical billing, real estate, ' +
    'improvisation theatre, retirement seminar, polish language course, dutch a1, pilates, bicycle repair',
);

/** Words that people put round what they mean. */
export const SEARCH_SUFFIXES = list('course, training, basics, for beginners, certification, advanced, workshop, pdf');

/** Pages of the portal that people pass through. */
export const PORTAL_PAGES = list(
  '/home, /my-learning, /catalogue, /calendar, /skills, /my-team, /certificates, /saved, /help',
);
