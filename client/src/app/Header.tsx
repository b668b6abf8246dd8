/** What is above every screen: the palette, how live the page is, what was said, how it looks, who is there. */
import { ActionIcon, Kbd, Menu, Tooltip, UnstyledButton } from '@mantine/core';
import { spotlight } from '@mantine/spotlight';
import { IconDeviceDesktop, IconLanguage, IconMenu2, IconMoon, IconSearch, IconSun } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { CommandTip } from '@/commands/CommandTip';
import { printed } from '@/commands/keys';
import { chosenLanguage, languageNames, languages } from '@/i18n/i18n';
import classes from './Header.module.css';
import { LiveBadge } from './LiveBadge';
import { Notices } from './Notices';
import { prefer, usePreferences } from './preferences';
import { UserMenu } from './UserMenu';

export function Header({ onMenu }: { onMenu: () => void }) {
  const { t } = useTranslation('shell');
  const keys = printed('mod+K').flat().join(' ');
  return (
    <header className={classes.header}>
      <ActionIcon className={classes.burger} aria-label={t('nav.open')} onClick={onMenu}>
        <IconMenu2 size={18} />
      </ActionIcon>
      <Link to="/" className={classes.brand} aria-label="Switchboard">
        <img src="/icon.svg" alt="" width={20} height={20} />
        <span className={classes.name}>Switchboard</span>
      </Link>
      <CommandTip command="shell.palette">
        <UnstyledButton
          className={classes.palette}
          onClick={spotlight.open}
          aria-label={`${t('palette.hint')} ${keys}`}
        >
          <IconSearch size={16} aria-hidden />
          <span className={classes.hint}>{t('palette.hint')}</span>{' '}
          <Kbd size="xs" className={classes.hint} aria-hidden>
            {keys}
          </Kbd>
        </UnstyledButton>
      </CommandTip>
      <div className={classes.tools}>
        <LiveBadge />
        <Notices />
        <Theme />
        <Language />
        <UserMenu />
      </div>
    </header>
  );
}

const icons = { auto: IconDeviceDesktop, light: IconSun, dark: IconMoon };

function Theme() {
  const { t } = useTranslation('shell');
  const { theme } = usePreferences();
  const Icon = icons[theme];
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Tooltip label={t('theme.label')}>
          <ActionIcon className={classes.roomy} aria-label={`${t('theme.label')}: ${t(`theme.${theme}`)}`}>
            <Icon size={18} stroke={1.75} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup value={theme} onChange={(chosen) => prefer({ theme: chosen as typeof theme })}>
          {(['auto', 'light', 'dark'] as const).map((each) => (
            <Menu.RadioItem key={each} value={each}>
              {t(`theme.${each}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}

function Language() {
  const { t, i18n } = useTranslation('shell');
  usePreferences();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Tooltip label={t('language.label')}>
          <ActionIcon className={classes.roomy} aria-label={`${t('language.label')}: ${i18n.language.toUpperCase()}`}>
            <IconLanguage size={18} stroke={1.75} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup
          value={chosenLanguage()}
          onChange={(chosen) => prefer({ language: languages.find((each) => each === chosen) })}
        >
          {languages.map((each) => (
            <Menu.RadioItem key={each} value={each} lang={each}>
              {languageNames[each]}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}
