/** The language, and its words from `src/i18n/locales` (namespace `shell`) and each feature's `locales` folder (namespace:
 *  the folder's name). Only the words of the language in use are fetched. */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { preferences, watchPreferences } from '@/app/preferences';
import type { Words } from './gather';

export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

/** Each in its own words, as one finds one's language by it. */
export const languageNames: Record<Language, string> = { en: 'English', de: 'Deutsch' };

const load: Record<Language, () => Promise<{ default: Record<string, Words> }>> = {
  en: () => import('./words/en'),
  de: () => import('./words/de'),
};

/** Language, then namespace. */
export async function allWords(): Promise<Record<Language, Record<string, Words>>> {
  const [en, de] = await Promise.all([load.en(), load.de()]);
  return { en: en.default, de: de.default };
}

/** The first of the browser's languages that there are words for. */
export function detect(wanted: readonly string[]): Language {
  const found = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).map((tag) => languages.find((each) => each === tag));
  return found.find((each) => each !== undefined) ?? 'en';
}

export function chosenLanguage(): Language {
  return preferences().language ?? detect(navigator.languages);
}

async function speak(language: Language): Promise<void> {
  const { default: words } = await load[language]();
  for (const [namespace, content] of Object.entries(words)) i18next.addResourceBundle(language, namespace, content);
  // First: who is drawn anew by the change reads it, as the names of keys do.
  document.documentElement.lang = language;
  await i18next.changeLanguage(language);
}

export async function startTranslations(): Promise<void> {
  if (!i18next.isInitialized) {
    await i18next.use(initReactI18next).init({
      lng: 'en',
      fallbackLng: 'en',
      defaultNS: 'shell',
      resources: {},
      interpolation: { escapeValue: false },
      returnNull: false,
      react: { bindI18nStore: 'added' },
    });
    watchPreferences(() => {
      if (chosenLanguage() !== i18next.language) void speak(chosenLanguage());
    });
  }
  await speak(chosenLanguage());
}
