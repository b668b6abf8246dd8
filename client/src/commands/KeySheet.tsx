/** All keys that do something on this screen, by group: Ctrl-/. */
import { Modal, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '@/app/preferences';
import { type Command, useCommands } from './commands';
import classes from './KeySheet.module.css';
import { Keys } from './Keys';
import { isCharacter } from './keys';

function byGroup(commands: Command[]): [string, Command[]][] {
  const groups = new Map<string, Command[]>();
  for (const command of commands) groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
  return [...groups];
}

export function KeySheet({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('shell');
  const { characterKeys } = usePreferences();
  const commands = useCommands().filter(({ keys }) => keys && (characterKeys || !isCharacter(keys)));
  return (
    <Modal opened={opened} onClose={onClose} title={t('keys.title')} size="lg">
      <div className={classes.groups}>
        {byGroup(commands).map(([group, members]) => (
          <section key={group} className={classes.group}>
            <h3 className={classes.name}>{group}</h3>
            <dl className={classes.list}>
              {members.map((command) => (
                <div key={command.id} className={classes.row}>
                  <dt>{command.title}</dt>
                  <dd>{command.keys && <Keys keys={command.keys} />}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      {!characterKeys && (
        <Text size="sm" c="dimmed" mt="sm">
          {t('keys.off')}
        </Text>
      )}
    </Modal>
  );
}
