/** What the user likes, each kept in this browser the moment it is chosen. */
import { SegmentedControl, Select, Switch, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { prefer, usePreferences } from '@/app/preferences';
import { languageNames, languages } from '@/i18n/i18n';
import { Page } from '@/ui/Page';
import classes from './SettingsScreen.module.css';

const themes = ['auto', 'light', 'dark'] as const;
const densities = ['comfortable', 'compact'] as const;

export default function SettingsScreen() {
  const { t } = useTranslation('settings');
  const { theme, language, density, characterKeys } = usePreferences();
  return (
    <Page title={t('title')}>
      <Text size="sm" c="dimmed">
        {t('kept')}
      </Text>
      <div className={classes.rows}>
        <Row name={t('theme.name')} means={t('theme.means')}>
          <SegmentedControl
            aria-label={t('theme.name')}
            value={theme}
            data={themes.map((value) => ({ value, label: t(`theme.${value}`) }))}
            onChange={(chosen) => prefer({ theme: chosen })}
          />
        </Row>
        <Row name={t('language.name')} means={t('language.means')}>
          <Select
            aria-label={t('language.name')}
            value={language ?? 'auto'}
            data={[
              { value: 'auto', label: t('language.auto') },
              ...languages.map((value) => ({ value, label: languageNames[value] })),
            ]}
            allowDeselect={false}
            onChange={(chosen) => prefer({ language: languages.find((each) => each === chosen) })}
          />
        </Row>
        <Row name={t('density.name')} means={t('density.means')}>
          <SegmentedControl
            aria-label={t('density.name')}
            value={density}
            data={densities.map((value) => ({ value, label: t(`density.${value}`) }))}
            onChange={(chosen) => prefer({ density: chosen })}
          />
        </Row>
        <Row name={t('keys.name')} means={t('keys.means')}>
          <Switch
            aria-label={t('keys.name')}
            checked={characterKeys}
            onChange={(event) => prefer({ characterKeys: event.currentTarget.checked })}
          />
        </Row>
        <Row name={t('zone.name')} means={t('zone.means')}>
          <Text size="sm">{Intl.DateTimeFormat().resolvedOptions().timeZone}</Text>
        </Row>
      </div>
    </Page>
  );
}

function Row({ name, means, children }: { name: string; means: string; children: ReactNode }) {
  return (
    <div className={classes.row}>
      <div className={classes.words}>
        <Text size="md" fw={500}>
          {name}
        </Text>
        <Text size="sm" c="dimmed">
          {means}
        </Text>
      </div>
      <div className={classes.control}>{children}</div>
    </div>
  );
}
