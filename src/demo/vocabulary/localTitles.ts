import type { CourseKind } from '../../catalog/course.js';
import { list } from './words.js';

type LocalLanguage = 'de' | 'fr' | 'es';

/** How a catalogue entry is worded in one language; `{Skill}` is the skill's name there. */
export interface LocalWords {
  readonly language: LocalLanguage;
  readonly audiences: readonly string[];
  readonly titles: Readonly<Partial<Record<CourseKind, readonly string[]>>>;
  readonly descriptions: readonly string[];
}

/** Kinds without a wording here are published in English only. */
export const LOCAL_WORDS: readonly LocalWords[] = [
  {
    language: 'de',
    audiences: list('Führungskräfte, Einsteiger, Fachkräfte, Projektteams, Quereinsteiger'),
    titles: {
      COURSE: [
        '{Skill}: Grundlagen',
        '{Skill} für {Audience}',
        '{Skill} in der Praxis',
        '{Skill}: Aufbaukurs',
        '{Skill} Schritt für Schritt',
        '{Skill}: Methoden und Werkzeuge',
      ],
      VIDEO: ['{Skill} kurz erklärt', '{Skill}: drei Tipps aus der Praxis', '{Skill}: ein Überblick für {Audience}'],
      ARTICLE: ['{Skill}: die wichtigsten Fragen', '{Skill}: Checkliste für {Audience}', '{Skill}: Mythen und Fakten'],
      BOOK: ['Praxishandbuch {Skill}', '{Skill}: Leitfaden für {Audience}'],
      PODCAST: ['Lernen unterwegs: {Skill}', 'Nachgefragt: {Skill}'],
      ASSESSMENT: ['{Skill}: Wissenstest', '{Skill}: Wo stehe ich?'],
      LIVE_SESSION: ['Workshop {Skill}', 'Online-Seminar: {Skill} für {Audience}', 'Sprechstunde {Skill}'],
      PATH: ['Lernpfad {Skill}', 'Lernpfad {Skill} für {Audience}'],
    },
    descriptions: [
      'Anschaulich, praxisnah und mit Übungen zum Thema {Skill}.',
      'Die wichtigsten Inhalte zum Thema {Skill}, verständlich erklärt und sofort anwendbar.',
      'Für alle, die beim Thema {Skill} sicherer werden möchten. Mit Beispielen aus dem Arbeitsalltag.',
    ],
  },
  {
    language: 'fr',
    audiences: list('managers, débutants, experts techniques, équipes projet, nouveaux arrivants'),
    titles: {
      COURSE: [
        '{Skill} : les fondamentaux',
        '{Skill} pour {Audience}',
        '{Skill} en pratique',
        '{Skill} : perfectionnement',
        '{Skill} pas à pas',
        '{Skill} : méthodes et outils',
      ],
      VIDEO: ['{Skill} en dix minutes', '{Skill} : trois conseils concrets', "{Skill} : l'essentiel pour {Audience}"],
      ARTICLE: ['{Skill} : les bonnes questions', '{Skill} : liste de contrôle', '{Skill} : idées reçues'],
      BOOK: ['{Skill} : guide pratique', '{Skill} : le manuel pour {Audience}'],
      PODCAST: ['Sur le trajet : {Skill}', 'Paroles de terrain : {Skill}'],
      ASSESSMENT: ['{Skill} : testez vos connaissances', '{Skill} : où en êtes-vous ?'],
      LIVE_SESSION: ['Atelier : {Skill}', 'Classe virtuelle : {Skill} pour {Audience}'],
      PATH: ['Parcours : {Skill}', 'Parcours : {Skill} pour {Audience}'],
    },
    descriptions: [
      'Une formation concrète sur le thème « {Skill} », avec des exercices tirés du quotidien.',
      "L'essentiel sur le thème « {Skill} », expliqué simplement et applicable dès demain.",
      "Pour gagner en assurance sur le thème « {Skill} ». Avec des exemples issus de l'entreprise.",
    ],
  },
  {
    language: 'es',
    audiences: list(
      'responsables de equipo, principiantes, especialistas, equipos de proyecto, nuevas incorporaciones',
    ),
    titles: {
      COURSE: [
        '{Skill}: fundamentos',
        '{Skill} para {Audience}',
        '{Skill} en la práctica',
        '{Skill}: nivel avanzado',
        '{Skill} paso a paso',
        '{Skill}: métodos y herramientas',
      ],
      VIDEO: ['{Skill} en diez minutos', '{Skill}: tres consejos prácticos', '{Skill}: lo esencial para {Audience}'],
      ARTICLE: ['{Skill}: preguntas clave', '{Skill}: lista de comprobación', '{Skill}: mitos y realidades'],
      BOOK: ['{Skill}: guía práctica', '{Skill}: manual para {Audience}'],
      PODCAST: ['Aprender en camino: {Skill}', 'Voces del oficio: {Skill}'],
      ASSESSMENT: ['{Skill}: prueba de conocimientos', '{Skill}: ¿dónde estás?'],
      LIVE_SESSION: ['Taller: {Skill}', 'Clase virtual: {Skill} para {Audience}'],
      PATH: ['Itinerario: {Skill}', 'Itinerario: {Skill} para {Audience}'],
    },
    descriptions: [
      'Un recorrido práctico por el tema «{Skill}», con ejercicios del día a día.',
      'Lo esencial sobre el tema «{Skill}», explicado con claridad y listo para aplicar.',
      'Para ganar seguridad en el tema «{Skill}». Con ejemplos reales de trabajo.',
    ],
  },
];
