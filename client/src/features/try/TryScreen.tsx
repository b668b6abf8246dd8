/** The tester: buttons on top, Sent and Received side by side, and the output of earlier tries below. */
import { Button } from '@mantine/core';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { maskedText } from '@/api/mask';
import { useCommand } from '@/commands/commands';
import { Page } from '@/ui/Page';
import { Output } from './components/Output';
import { Received } from './components/Received';
import { Sent } from './components/Sent';
import classes from './TryScreen.module.css';
import { passwordIn } from './tries/auth';
import { type Outcome, send } from './tries/send';
import { type Try, type TryName, tries } from './tries/tries';

const KEPT = 20;

export default function TryScreen() {
  const { t } = useTranslation('try');
  const [name, setName] = useState<TryName>('broker');
  const [bodies, setBodies] = useState<Partial<Record<TryName, string>>>({});
  const [password, setPassword] = useState('');
  const [output, setOutput] = useState<Outcome[]>([]);
  const [selected, setSelected] = useState<number>();
  const [underWay, setUnderWay] = useState(0);
  const field = useRef<HTMLInputElement>(null);

  const tried = tries.find((each) => each.name === name) as Try;
  const bodyOf = (each: Try) => bodies[each.name] ?? each.body;
  const change = (body: string | undefined) => setBodies((last) => ({ ...last, [name]: body }));

  const run = async (each: Try) => {
    let body = bodyOf(each);
    let secret = password;
    const typed = body === undefined ? undefined : passwordIn(body);
    if (each.name === 'auth' && body !== undefined && typed) {
      // A password that was typed into the body goes where it cannot be read.
      secret = typed;
      body = maskedText(body);
      setPassword(typed);
      setBodies((last) => ({ ...last, auth: body }));
    }
    setUnderWay((count) => count + 1);
    const outcome = await send(each, body, each.name === 'auth' ? secret : '');
    setUnderWay((count) => count - 1);
    setOutput((last) => [outcome, ...last].slice(0, KEPT));
    setSelected(outcome.id);
  };

  const press = (each: Try) => {
    setName(each.name);
    if (each.name === 'auth' && !password && !passwordIn(bodyOf(each) ?? '')) {
      setSelected(undefined);
      // The field is there after this has been drawn.
      requestAnimationFrame(() => field.current?.focus());
      return;
    }
    void run(each);
  };

  useCommand({ id: 'try.send', title: t('send'), group: t('group'), keys: 'mod+Enter', run: () => void run(tried) });

  const outcome = output.find((each) => each.id === selected);
  const show = (id: number) => {
    setSelected(id);
    const shown = output.find((each) => each.id === id);
    if (shown) setName(shown.name);
  };
  return (
    <Page
      title={t('title')}
      count={t('hint')}
      toolbar={
        <div className={classes.calls} role="group" aria-label={t('calls')}>
          {tries.map((each) => (
            <Button
              key={each.name}
              size="xs"
              variant={each.name === name ? 'light' : 'default'}
              aria-pressed={each.name === name}
              onClick={() => press(each)}
            >
              {t(`call_${each.name}`)}
            </Button>
          ))}
        </div>
      }
    >
      <div className={classes.panes}>
        <Sent
          tried={tried}
          body={bodyOf(tried)}
          onBody={change}
          password={password}
          onPassword={setPassword}
          field={field}
          busy={underWay > 0}
          onSend={() => void run(tried)}
          last={outcome?.name === name ? outcome.sent : undefined}
        />
        <Received outcome={outcome} waiting={underWay > 0} />
      </div>
      {output.length > 0 && (
        <Output output={output} kept={KEPT} selected={selected} onSelect={show} onClear={() => setOutput([])} />
      )}
    </Page>
  );
}
