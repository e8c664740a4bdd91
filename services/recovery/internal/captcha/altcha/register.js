// The widget comes without workers, because those inside the larger bundle need blob: in the page's policy.
globalThis.$altcha.algorithms.set('PBKDF2/SHA-256', () => new Worker(new URL('pbkdf2.js', import.meta.url)));
