/** One queue with all that is known of it: charts, figures, its dead letters, and the purge of those. */
import { Anchor, Drawer, Group, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { Status } from '@/ui/Status';
import { Empty } from '@/ui/states';
import { useNow } from '@/ui/Time';
import type { Series } from './Chart';
import { shown } from './Figure';
import { history } from './history';
import { Purge } from './Purge';
import classes from './Queues.module.css';
import { lettersOf, stateOf, tones } from './status';
import type { FigureName, Queue } from './types';

const Chart = lazy(() => import('./Chart').then((module) => ({ default: module.Chart })));

const figures: FigureName[] = ['ready', 'unacked', 'depth', 'consumers', 'rate_in', 'rate_out', 'oldest_age_seconds'];

interface QueueDrawerProps {
  /** Undefined closes it. */
  name: string | undefined;
  /** Undefined where no queue has that name. */
  queue: Queue | undefined;
  close: () => void;
}

export function QueueDrawer({ name, queue, close }: QueueDrawerProps) {
  const { t } = useTranslation('queues');
  return (
    <Drawer
      opened={name !== undefined}
      onClose={close}
      size={560}
      title={<span className={classes.drawerTitle}>{name}</span>}
    >
      {queue ? <Opened queue={queue} /> : name && <Empty title={t('noSuchQueue')}>{t('noSuchQueueHint')}</Empty>}
    </Drawer>
  );
}

function Opened({ queue }: { queue: Queue }) {
  const { t } = useTranslation('queues');
  const format = useFormat();
  const state = stateOf(queue);
  const letters = lettersOf(queue);
  return (
    <Stack gap="lg">
      <Group gap="xs">
        <Status tone={tones[state]}>{t(`states.${state}`)}</Status>
        <Text size="sm" c="dimmed">
          {t(`kinds.${queue.kind}`)}
          {queue.service && ` · ${t('of', { service: queue.service })}`}
        </Text>
      </Group>
      <Charts queue={queue} />
      <dl className={classes.figures} aria-label={t('figures')}>
        {figures.map((name) => {
          const value = queue[name];
          return (
            <div key={name} className={classes.figure}>
              <dt>{t(`columns.${name}`)}</dt>
              <dd>{value === null ? '–' : shown(format, name, value)}</dd>
              {value === null && <dd className={classes.why}>{queue.unknown[name] ?? t('unknownWhy')}</dd>}
            </div>
          );
        })}
      </dl>
      {letters && (
        <Anchor component={Link} to="/dead-letters" search={{ ...letters, state: 'dead' } as never} size="sm">
          {'queue' in letters ? t('itsLetters') : t('serviceLetters', { service: letters.service })}
        </Anchor>
      )}
      {queue.kind === 'work' && <Purge key={queue.name} queue={queue.name} />}
    </Stack>
  );
}

function Charts({ queue }: { queue: Queue }) {
  const { t } = useTranslation('queues');
  const format = useFormat();
  const points = history.of(queue.name);
  const now = Math.max(useNow(), points.at(-1)?.at ?? 0);
  const blue = '--mantine-color-indigo-6';
  const second = '--mantine-color-orange-6';
  const waiting: Series[] = [
    queue.depth === null
      ? { label: t('columns.ready'), color: blue, of: ({ ready }) => ready }
      : { label: t('columns.depth'), color: blue, of: ({ depth }) => depth },
    ...(queue.unacked === null ? [] : [{ label: t('columns.unacked'), color: second, of: unacked }]),
  ];
  const rates: Series[] = [
    { label: t('columns.rate_in'), color: blue, of: (point) => point.in },
    { label: t('columns.rate_out'), color: second, of: (point) => point.out },
  ];
  const isCounted = queue.rate_in !== null || queue.rate_out !== null;
  const charts = [
    { title: t('waiting'), series: waiting, figure: (value: number) => format.number(value) },
    ...(isCounted ? [{ title: t('rates'), series: rates, figure: (value: number) => format.rate(value) }] : []),
  ];
  return charts.map(({ title, series, figure }) => (
    <section key={title}>
      <Group justify="space-between" mb={4}>
        <h3 className={classes.heading}>{title}</h3>
        <Group gap="sm" className={classes.legend}>
          {series.map(({ label, color }) => (
            <span key={label} className={classes.key}>
              <svg width="12" height="4" aria-hidden="true">
                <rect width="12" height="4" rx="1" fill={`var(${color})`} />
              </svg>
              {label}
            </span>
          ))}
        </Group>
      </Group>
      <Suspense fallback={<div className={classes.chartPlace} />}>
        <Chart label={t('chartLabel', { title })} {...{ points, now, series, figure }} clock={format.minute} />
      </Suspense>
    </section>
  ));
}

function unacked(point: { unacked: number | null }): number | null {
  return point.unacked;
}
