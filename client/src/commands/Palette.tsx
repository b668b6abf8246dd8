/** Every command by its name: Ctrl-K, a few letters, Enter. */
import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { type Command, useCommands } from './commands';
import { Keys } from './Keys';
import classes from './Palette.module.css';

function grouped(commands: Command[]): SpotlightActionGroupData[] {
  const groups = new Map<string, Command[]>();
  for (const command of commands) groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
  return [...groups].map(([group, members]) => ({
    group,
    actions: members.map((command) => ({
      id: command.id,
      label: command.title,
      description: command.unavailable,
      disabled: command.unavailable !== undefined,
      rightSection: command.keys ? <Keys keys={command.keys} /> : undefined,
      onClick: command.run,
    })),
  }));
}

export function Palette() {
  const { t } = useTranslation('shell');
  const commands = useCommands().filter((command) => !command.unlisted);
  return (
    <Spotlight
      actions={grouped(commands)}
      shortcut={null}
      centered={false}
      nothingFound={t('palette.nothing')}
      scrollable
      maxHeight="min(60dvh, 26rem)"
      lockScroll={false}
      radius="md"
      overlayProps={{ backgroundOpacity: 0.35, blur: 0 }}
      transitionProps={{ duration: 80, transition: 'fade' }}
      attributes={{ content: { 'aria-label': t('palette.title') } }}
      searchProps={{
        leftSection: <IconSearch size={18} />,
        placeholder: t('palette.placeholder'),
        'aria-label': t('palette.placeholder'),
      }}
      classNames={classes}
    />
  );
}
