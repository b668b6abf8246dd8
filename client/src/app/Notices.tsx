/** The bell: what was said since the tab was opened. */
import { ActionIcon, Button, Indicator, Popover, Text, Tooltip } from '@mantine/core';
import { IconBell } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { forgetNotices, markNoticesRead, useNotices } from '@/ui/notify';
import { Ago } from '@/ui/Time';
import classes from './Notices.module.css';

export function Notices() {
  const { t } = useTranslation('shell');
  const notices = useNotices();
  const [opened, setOpened] = useState(false);
  const unread = notices.filter((notice) => !notice.read).length;
  const name = unread > 0 ? t('notices.unread', { count: unread }) : t('notices.title');
  const turn = (open: boolean) => {
    setOpened(open);
    if (!open) markNoticesRead();
  };
  return (
    <Popover opened={opened} onChange={turn} position="bottom-end" width={340} shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Tooltip label={name} disabled={opened}>
          <Indicator disabled={unread === 0} size={8} offset={5} color="indigo">
            <ActionIcon aria-label={name} onClick={() => turn(!opened)}>
              <IconBell size={18} stroke={1.75} />
            </ActionIcon>
          </Indicator>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('notices.title')} className={classes.list}>
        {notices.length === 0 && (
          <Text size="sm" c="dimmed">
            {t('notices.none')}
          </Text>
        )}
        {notices.map((notice) => (
          <div key={notice.id} className={classes.notice} data-tone={notice.tone}>
            <div className={classes.head}>
              <Text size="sm" fw={600}>
                {notice.title}
              </Text>
              <Text size="xs" c="dimmed" className={classes.at}>
                <Ago at={notice.at} />
              </Text>
            </div>
            {notice.message && <Text size="sm">{notice.message}</Text>}
          </div>
        ))}
        {notices.length > 0 && (
          <Button variant="default" size="xs" onClick={forgetNotices}>
            {t('notices.clear')}
          </Button>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
