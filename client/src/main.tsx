import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from '@/app/App';
import { startTranslations } from '@/i18n/i18n';
import { session } from '@/session/session';

const root = document.getElementById('root');
if (root) {
  void session.start();
  startTranslations().then(() => {
    createRoot(root).render(
      <StrictMode>
        <App />
      </StrictMode>,
    );
  });
}
