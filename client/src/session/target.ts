/** Where a sign-in leads: `?to=`, if that is a path of the panel and of nobody else. */

/** From here the router leads on to the first screen that the user may open. */
const home = '/';

export function target(query: string): string {
  return wayBack(new URLSearchParams(query).get('to'));
}

/** The same of what the URL holds, which anyone may have written. */
export function wayBack(to: unknown): string {
  if (typeof to !== 'string') return home;
  // A backslash is a slash to browsers, and control characters are nothing.
  if (!to.startsWith('/') || /^\/[/\\]|[\\\p{Cc}]/u.test(to)) return home;
  const url = new URL(to, window.location.origin);
  // `/a/..//b` is `//b` by now, which is another host's.
  if (url.origin !== window.location.origin || /^\/(\/|(sign-in|sign-up)(\/|$))/.test(url.pathname)) return home;
  return url.pathname + url.search + url.hash;
}

/** Whether this page is of this very machine: the only place where there is a development user. */
export function isLoopback(host: string = window.location.hostname): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
