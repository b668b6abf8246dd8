/** Numbers, dates and sizes as the user's language writes them. */
import { useTranslation } from 'react-i18next';

export interface Format {
  /** 1,234.5 */
  number(value: number, digits?: number): string;
  /** Events a second. */
  rate(perSecond: number | null | undefined): string;
  /** 1.2 KiB */
  bytes(value: number): string;
  /** Date and time to the second, in the user's time zone. */
  time(moment: string | number | Date): string;
  /** Time of day to the millisecond. */
  clock(moment: string | number | Date): string;
  /** Time of day to the minute. */
  minute(moment: string | number | Date): string;
  /** "3 min ago", from `now` on. */
  ago(moment: string | number | Date, now?: number): string;
  /** "2 min 5 s", of seconds. */
  span(seconds: number): string;
}

const units = ['B', 'KiB', 'MiB', 'GiB'];
const steps = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;
const formats = new Map<string, Format>();

/** The same one each time: what `Intl` makes costs far more to make than to use, and a log asks thousands of times a second. */
export function formatFor(locale: string): Format {
  const format = formats.get(locale) ?? make(locale);
  formats.set(locale, format);
  return format;
}

/** The language as it is written where the user is: a browser that asks for `en-GB` has days before months and no AM. */
export function localeOf(language: string, wanted: readonly string[] = navigator.languages): string {
  const found = wanted.find((tag) => tag.toLowerCase() === language || tag.toLowerCase().startsWith(`${language}-`));
  try {
    return Intl.getCanonicalLocales(found)[0] ?? language;
  } catch {
    return language;
  }
}

function make(language: string): Format {
  const numbers = new Map<number, Intl.NumberFormat>();
  const measures = new Map<string, Intl.NumberFormat>();
  const times = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' });
  const ages = new Intl.RelativeTimeFormat(language, { style: 'short', numeric: 'auto' });
  const clocks = new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  });
  const minutes = new Intl.DateTimeFormat(language, { timeStyle: 'short' });
  const number = (value: number, digits = 0) => {
    const kept = numbers.get(digits) ?? new Intl.NumberFormat(language, { maximumFractionDigits: digits });
    numbers.set(digits, kept);
    return kept.format(value);
  };
  const unit = (value: number, name: string) => {
    const kept = measures.get(name) ?? new Intl.NumberFormat(language, { style: 'unit', unit: name });
    measures.set(name, kept);
    return kept.format(value);
  };
  const span = (seconds: number) => {
    if (seconds < 1) return unit(Math.round(seconds * 1000), 'millisecond');
    if (seconds < 60) return unit(Math.round(seconds), 'second');
    if (seconds < 3600)
      return `${unit(Math.floor(seconds / 60), 'minute')} ${unit(Math.floor(seconds % 60), 'second')}`;
    if (seconds < 86_400)
      return `${unit(Math.floor(seconds / 3600), 'hour')} ${unit(Math.floor((seconds % 3600) / 60), 'minute')}`;
    return `${unit(Math.floor(seconds / 86_400), 'day')} ${unit(Math.floor((seconds % 86_400) / 3600), 'hour')}`;
  };
  return {
    number,
    span,
    rate: (perSecond) => (perSecond == null ? '–' : `${number(perSecond, perSecond < 10 ? 1 : 0)}/s`),
    bytes: (value) => {
      const power = value > 0 ? Math.min(Math.floor(Math.log2(value) / 10), units.length - 1) : 0;
      return `${number(value / 1024 ** power, power ? 1 : 0)} ${units[power]}`;
    },
    time: (moment) => written(times, moment),
    clock: (moment) => written(clocks, moment),
    minute: (moment) => written(minutes, moment),
    ago: (moment, now = Date.now()) => {
      if (isNone(moment)) return '–';
      const seconds = (new Date(moment).getTime() - now) / 1000;
      const [name, size] = steps.find(([, size]) => Math.abs(seconds) >= size) ?? (['second', 1] as const);
      return ages.format(Math.round(seconds / size), name);
    },
  };
}

/** Nonsense of a server must not break a screen, and `Intl` throws at what is no time. */
function isNone(moment: string | number | Date): boolean {
  return Number.isNaN(new Date(moment).getTime());
}

function written(format: Intl.DateTimeFormat, moment: string | number | Date): string {
  return isNone(moment) ? '–' : format.format(new Date(moment));
}

export function useFormat(): Format {
  const { i18n } = useTranslation();
  return formatFor(localeOf(i18n.language));
}
