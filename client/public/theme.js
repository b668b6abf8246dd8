// Sets the colour scheme before the first paint, so that a dark page does not flash white. A file of its own, as the
// page's security policy allows no script inside of the HTML. The key and the words are those of src/app/preferences.ts.
(() => {
  let theme = 'auto';
  try {
    theme = JSON.parse(localStorage.getItem('switchboard.preferences') || '{}').theme;
  } catch {
    // Follows the system.
  }
  const dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
