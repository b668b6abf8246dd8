/** The panel's look in Mantine's words: dense sizes, one accent, and colours whose text passes WCAG AA in light and dark.
 *  `variables.css` is compiled from this file (see `theme.test.ts`), so that no style is written into the page at run time. */
import { type CSSVariablesResolver, createTheme, darken, luminance, type MantineThemeOverride } from '@mantine/core';

/** The smallest contrast that texts of this size may have, with a little to spare. */
const AA = 4.6;

export const theme: MantineThemeOverride = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 8 },
  autoContrast: true,
  luminanceThreshold: 0.18,
  respectReducedMotion: true,
  defaultRadius: 'sm',
  cursorType: 'pointer',
  fontFamily: 'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", Consolas, monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  spacing: { xs: '0.5rem', sm: '0.75rem', md: '1rem', lg: '1.25rem', xl: '2rem' },
  radius: { xs: '0.125rem', sm: '0.3125rem', md: '0.5rem', lg: '0.75rem', xl: '1rem' },
  black: '#111418',
  colors: {
    // Darker at the end than Mantine's, so that white can be read on filled buttons.
    red: ['#fff5f5', '#ffe3e3', '#ffc9c9', '#ffa8a8', '#ff8787', '#ff6b6b', '#fa5252', '#c92a2a', '#c92a2a', '#b32424'],
    blue: [
      '#e7f5ff',
      '#d0ebff',
      '#a5d8ff',
      '#74c0fc',
      '#4dabf7',
      '#339af0',
      '#228be6',
      '#1971c2',
      '#1864ab',
      '#14568f',
    ],
    dark: [
      '#d7dae0',
      '#b8bcc5',
      '#9ca1ab',
      '#8a909b',
      '#3b4048',
      '#2c3037',
      '#22252b',
      '#17191d',
      '#121417',
      '#0c0e10',
    ],
  },
  fontWeights: { regular: '400', medium: '500', bold: '600' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.25rem', lineHeight: '1.4' },
      h2: { fontSize: '1rem', lineHeight: '1.4' },
      h3: { fontSize: '0.875rem', lineHeight: '1.5' },
      h4: { fontSize: '0.8125rem', lineHeight: '1.5' },
    },
  },
});

/** The same with the words that Mantine's own buttons need, in the user's language. Scrolling is not locked behind
 *  dialogs, as the lock is an inline `<style>`: the page itself does not scroll, its main part does. */
export function themeWith(words: { close: string }): MantineThemeOverride {
  const closeButtonProps = { 'aria-label': words.close };
  const overlayProps = { backgroundOpacity: 0.35, blur: 0 };
  return {
    ...theme,
    components: {
      Modal: {
        defaultProps: {
          centered: true,
          lockScroll: false,
          closeButtonProps,
          overlayProps,
          transitionProps: { duration: 100 },
        },
      },
      Drawer: {
        defaultProps: {
          position: 'right',
          lockScroll: false,
          closeButtonProps,
          overlayProps,
          transitionProps: { duration: 120 },
        },
      },
      Notification: { defaultProps: { closeButtonProps } },
      Tooltip: {
        defaultProps: { openDelay: 300, withArrow: false, events: { hover: true, focus: true, touch: false } },
      },
      ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
      Menu: { defaultProps: { shadow: 'md', withInitialFocusPlaceholder: false, transitionProps: { duration: 80 } } },
      Select: { defaultProps: { checkIconPosition: 'right' } },
      Checkbox: { defaultProps: { size: 'xs' } },
      Switch: { defaultProps: { withThumbIndicator: false } },
      Loader: { defaultProps: { size: 'sm', type: 'oval' } },
    },
  };
}

export function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

/** The colour, darkened until it can be read on the background. */
function readable(color: string, background: string): string {
  for (let by = 0; by < 1; by += 0.05) {
    const tried = by === 0 ? color : darken(color, by);
    if (contrast(tried, background) >= AA) return tried;
  }
  return '#000';
}

export const variables: CSSVariablesResolver = (theme) => {
  const light: Record<string, string> = {
    '--mantine-color-dimmed': '#59616c',
    '--mantine-color-placeholder': '#69717c',
    '--mantine-color-error': '#c42525',
    '--mantine-color-success': '#087351',
    '--mantine-color-anchor': 'var(--mantine-color-indigo-8)',
    '--mantine-color-default-border': '#d5d9df',
    '--panel-border': '#e4e7eb',
    '--panel-sunken': '#f7f8f9',
    '--panel-hover': '#f1f3f5',
    '--panel-marked': '#edf0ff',
  };
  const dark: Record<string, string> = {
    '--mantine-color-dimmed': 'var(--mantine-color-dark-2)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-3)',
    '--mantine-color-error': '#ff8787',
    '--mantine-color-success': '#38d9a9',
    '--mantine-color-anchor': 'var(--mantine-color-indigo-3)',
    '--panel-border': '#2a2d34',
    '--panel-sunken': '#131518',
    '--panel-hover': '#1f2227',
    '--panel-marked': '#22294a',
  };
  for (const [name, shades] of Object.entries(theme.colors)) {
    if (name === 'dark') continue;
    const tint = name === 'gray' ? shades[1] : shades[0];
    light[`--mantine-color-${name}-light`] = tint;
    // In the dark a badge is quieter than the words beside it: a deep ground, and a pale word.
    dark[`--mantine-color-${name}-light`] = name === 'gray' ? '#2c3037' : darken(shades[9], 0.65);
    dark[`--mantine-color-${name}-light-color`] = shades[2];
    light[`--mantine-color-${name}-light-hover`] = shades[1];
    light[`--mantine-color-${name}-light-color`] = readable(shades[9], shades[1]);
    light[`--mantine-color-${name}-text`] = readable(shades[8], '#f1f3f5');
    light[`--mantine-color-${name}-outline`] = readable(shades[8], theme.white);
  }
  return { variables: {}, light, dark };
};
