// Keeps the app's files, so that it starts without a network. Registered by src/platform/updates.rs, in builds for release only.
//
// A version is whole or not there: its files are fetched together, each is held against what the build says it is, and they lie
// in a cache of their own. A newer version waits until the page asks for it, or until no page is open any more; the files of the
// one before go when it begins. What is not a file of the app goes to the network as if this script did not exist.

// The build puts in what comes here (xtask/src/app/offline.rs): the files with the integrity of each, and a name for all of it.
const FILES = new Map([]);
const VERSION = '';

const PAGE = 'index.html';
// Edited where it is hosted, so it is asked for each time. The copy is for when there is no answer.
const CONFIG = 'config.json';
// The folder of the page. Other apps may lie on the same origin, and share its caches.
const SCOPE = registration.scope;
const OURS = `natter ${SCOPE} `;
const CACHE = OURS + VERSION;
const CONFIG_CACHE = OURS + 'config';
// A name with its hash never means another content: what the page has fetched already is not fetched again.
const HASHED = /-[0-9a-f]{16}\./;

let first = false;

addEventListener('install', event => event.waitUntil(install(event)));
addEventListener('activate', event => event.waitUntil(activate()));
addEventListener('message', event => {
    if (event.data === 'take over') event.waitUntil(skipWaiting());
});
addEventListener('fetch', event => {
    const name = nameOf(event.request);
    if (name === CONFIG) event.respondWith(config(event.request));
    else if (FILES.has(name)) event.respondWith(file(name, event.request));
});

// An error ends the installation: the version before, if there is one, goes on.
async function install(event) {
    first = !registration.active;
    await pass(event).catch(() => undefined);
    // This version may be the one in use, with another one between that was taken back.
    const known = await caches.has(CACHE);
    const cache = await caches.open(CACHE);
    try {
        await Promise.all([...FILES].map(([name, integrity]) => keep(cache, name, integrity)));
        await config(new Request(CONFIG, { cache: 'no-store' }));
    } catch (error) {
        if (!known) await caches.delete(CACHE);
        throw error;
    }
}

// What is not a file of the app does not even wake this script, where the browser can tell. In Chromium an older version that is
// woken while it makes room stays, for as long as a request comes now and then; and the app asks its service again and again.
async function pass(event) {
    const ours = ['', CONFIG, ...FILES.keys()].map(pathname => ({ urlPattern: new URLPattern({ pathname, baseURL: SCOPE }) }));
    await event.addRoutes({ condition: { not: { or: ours } }, source: 'network' });
}

async function keep(cache, name, integrity) {
    if (await cache.match(name)) return;
    const reply = await fetch(name, { integrity, cache: HASHED.test(name) ? 'default' : 'no-cache' });
    // Some hosts send from index.html to the folder. No navigation may be answered by what was redirected.
    await cache.put(name, reply.redirected ? new Response(reply.body, { headers: reply.headers }) : reply);
}

async function activate() {
    const names = await caches.keys();
    // A version that is on its way by now has its cache among them, and does this when its time has come.
    if (!registration.installing && !registration.waiting) {
        const old = names.filter(name => name.startsWith(OURS) && name !== CACHE && name !== CONFIG_CACHE);
        await Promise.all(old.map(name => caches.delete(name)));
    }
    // The pages of a first visit. Later ones have chosen their version when they were opened.
    if (first) await clients.claim();
}

// The path of a request within our folder, if it can be one of ours.
function nameOf({ method, mode, url }) {
    if (method !== 'GET' || !url.startsWith(SCOPE)) return undefined;
    const path = url.slice(SCOPE.length).split(/[?#]/)[0];
    if (mode !== 'navigate') return path;
    return path === '' || path === PAGE ? PAGE : undefined;
}

// A file of this version. If the browser has lost it, the network may have it.
async function file(name, request) {
    return (await kept(CACHE, name)) ?? fetch(request);
}

// From the network, or else the copy of what came from there last. That there is none is an answer too.
async function config(request) {
    const reply = await fetch(request).catch(() => undefined);
    const good = reply?.ok && (await reply.clone().json().then(() => true, () => false));
    if (good) {
        const copy = reply.clone();
        await caches.open(CONFIG_CACHE).then(cache => cache.put(CONFIG, copy)).catch(() => undefined);
    }
    if (good || reply?.status === 404) return reply;
    return (await kept(CONFIG_CACHE, CONFIG)) ?? reply ?? Response.error();
}

// A cache that cannot be read is one without the file.
function kept(cacheName, name) {
    return caches.match(name, { cacheName, ignoreVary: true }).catch(() => undefined);
}
