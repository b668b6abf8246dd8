/** A larger chart of one queue, by uPlot: loaded when the first drawer opens. */
import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useElementSize, useMergedRef } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { KEPT, type Point } from './history';
import classes from './Queues.module.css';

export interface Series {
  label: string;
  /** A variable of the theme. */
  color: string;
  of: (point: Point) => number | null;
}

interface ChartProps {
  /** Says what there is to see, to who does not. */
  label: string;
  points: readonly Point[];
  now: number;
  series: Series[];
  figure: (value: number) => string;
  clock: (at: number) => string;
}

const HEIGHT = 150;

export function Chart({ label, points, now, series, figure, clock }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const { ref, width } = useElementSize<HTMLDivElement>();
  const both = useMergedRef(host, ref);
  const plot = useRef<uPlot>(undefined);
  const scheme = useComputedColorScheme('light');
  const latest = useRef({ figure, clock, series });
  latest.current = { figure, clock, series };
  const names = series.map((it) => it.label).join();

  useEffect(() => {
    const target = host.current;
    if (!target || width === 0) return;
    plot.current = new uPlot(options(target, width, latest), [[]], target);
    return () => {
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [width, scheme, names]);

  useEffect(() => {
    plot.current?.setData(dataOf(points, now, latest.current.series), false);
    plot.current?.setScale('x', { min: (now - KEPT) / 1000, max: now / 1000 });
  });

  return <div ref={both} role="img" aria-label={label} className={classes.chart} style={{ height: HEIGHT }} />;
}

/** The last value holds until now. */
function dataOf(points: readonly Point[], now: number, series: Series[]): uPlot.AlignedData {
  const last = points.at(-1);
  const all = last && last.at < now ? [...points, { ...last, at: now }] : points;
  return [all.map(({ at }) => at / 1000), ...series.map(({ of }) => all.map(of))];
}

interface Latest {
  current: Pick<ChartProps, 'figure' | 'clock' | 'series'>;
}

function options(target: HTMLElement, width: number, latest: Latest): uPlot.Options {
  const style = getComputedStyle(target);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--mantine-color-dimmed'),
    font: `11px ${style.fontFamily}`,
    ticks: { show: false },
    grid: { stroke: color('--panel-border'), width: 1 },
  };
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 28, 0, 0],
    scales: { x: { time: true, auto: false }, y: { range: (_, __, highest) => [0, Math.max(1, highest ?? 0)] } },
    axes: [
      {
        ...axis,
        space: 64,
        incrs: [60, 120],
        size: 24,
        grid: { show: false },
        values: (_, at) => at.map((it) => latest.current.clock(it * 1000)),
      },
      { ...axis, space: 36, size: 52, values: (_, values) => values.map((it) => latest.current.figure(it)) },
    ],
    series: [
      {},
      ...latest.current.series.map((it) => ({
        label: it.label,
        stroke: color(it.color),
        width: 1.5,
        paths: stepped,
        points: { show: false },
      })),
    ],
  };
}
