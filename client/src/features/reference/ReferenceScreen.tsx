/** Every operation of the broker, from its own OpenAPI: found, read and tried in one place. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/commands/commands';
import { useFormat } from '@/i18n/format';
import { BackLink } from '@/ui/BackLink';
import { FilterInput } from '@/ui/FilterInput';
import { Filters } from '@/ui/Filters';
import { Page } from '@/ui/Page';
import { Empty, Failed, Loading } from '@/ui/states';
import { useSteady } from '@/ui/steady';
import { fetchDocument, found, operationsOf } from './api/document';
import { OperationDetail } from './components/OperationDetail';
import { OperationList } from './components/OperationList';
import { Prose } from './components/Prose';
import css from './reference.module.css';
import { type ReferenceSearch, referenceSearch } from './search';

export default function ReferenceScreen() {
  const { t } = useTranslation('reference');
  const format = useFormat();
  const { q = '', op } = useSearch({ strict: false }) as ReferenceSearch;
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery({
    queryKey: ['openapi'],
    queryFn: ({ signal }) => fetchDocument(signal),
    staleTime: 300_000,
  });
  const operations = useMemo(() => (data ? operationsOf(data) : []), [data]);
  const looked = useSteady(q);
  const shown = useMemo(() => found(operations, looked), [operations, looked]);
  const opened = operations.find((operation) => operation.id === op);

  // A part of what the URL says then: what is typed is told a moment later, and must not take back a click, nor the other way.
  const go = (part: ReferenceSearch) =>
    void navigate({
      to: '/reference',
      search: (last: Record<string, unknown>) => referenceSearch({ ...last, ...part }),
      replace: true,
    });
  const step = (by: number) => {
    const at = shown.findIndex((operation) => operation.id === op);
    const next = shown[at < 0 ? 0 : at + by];
    if (next) go({ op: next.id });
  };
  useCommand({ id: 'reference.next', title: t('next'), group: t('title'), keys: 'j', run: () => step(1) });
  useCommand({ id: 'reference.previous', title: t('previous'), group: t('title'), keys: 'k', run: () => step(-1) });

  const count = data && t('count', { shown: format.number(shown.length), all: format.number(operations.length) });
  return (
    <Page
      title={t('title')}
      count={count}
      toolbar={
        <Filters>
          <FilterInput label={t('find')} value={q} onChange={(text) => go({ q: text || undefined })} />
        </Filters>
      }
      fill
    >
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!error && !data && <Loading />}
      {data && (
        <div className={css.screen}>
          <div className={css.columns} data-opened={opened !== undefined || undefined}>
            <div className={css.list}>
              {shown.length > 0 ? (
                <OperationList operations={shown} opened={op} />
              ) : (
                <Empty title={t('none')}>{t('noneHint')}</Empty>
              )}
            </div>
            <div className={css.detail}>
              {opened ? (
                <>
                  <div className={css.back}>
                    <BackLink to="/reference" search={{ q: q || undefined }}>
                      {t('back')}
                    </BackLink>
                  </div>
                  <OperationDetail key={opened.id} document={data} operation={opened} />
                </>
              ) : (
                <Empty
                  title={op ? t('gone', { op }) : t('choose')}
                  curl={`curl ${window.location.origin}/openapi.json`}
                >
                  {data.info?.description && <Prose>{data.info.description}</Prose>}
                </Empty>
              )}
            </div>
          </div>
        </div>
      )}
    </Page>
  );
}
