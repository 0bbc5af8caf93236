// Starts the app. The scripts that it names are bundled into it.
import { draw } from './first.js';
import init from './natter.js';

const passed = (ms) => new Promise((done) => setTimeout(done, ms));

// What is kept in local storage; a browser that denies it has nothing there.
const kept = (key) => {
    try {
        return localStorage.getItem(key);
    } catch {
        return null;
    }
};

// The theme that was chosen (src/settings.rs) is there before the app is, so that a page in the dark is not white first.
const theme = kept('natter.theme');
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;

// Something was drawn from a reply, and is on the screen: only then the app takes the processor for itself.
let drawn;

// Asks for what the app asks first while its code is on the way; src/backend/first.rs takes the replies, and what the code would
// ask otherwise it does not take. Who has the app kept (sw.js) has its code at once, and knows better what to ask for.
const ask = () => {
    const { endpoint, token, userId } = JSON.parse(kept('natter.session') ?? '{}');
    if (!token || navigator.serviceWorker?.controller) return;
    const authorization = `Bearer ${token}`;
    const replies = new Map();
    // What nobody took says no more how things are.
    const end = () => delete window.natterFirst;
    passed(10000).then(end);
    window.natterFirst = (url, authorization) => {
        const asked = `${url} ${authorization}`;
        const reply = replies.get(asked);
        if (replies.delete(asked) && !replies.size) end();
        return reply;
    };
    const get = (path, query) => {
        const url = `${endpoint}/chat/threads${path}?${query}api-version=2025-03-15`;
        const headers = { Accept: 'application/json', Authorization: authorization };
        const options = { headers, credentials: 'same-origin', cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(15000) };
        const reply = fetch(url, options).catch(() => undefined);
        replies.set(`${url} ${authorization}`, reply);
        return reply;
    };
    get('', 'maxPageSize=200&');
    const thread = location.hash.match(/^#\/threads\/([^/]+)/)?.[1];
    if (!thread) return;
    Object.assign(document.getElementById('skeleton').dataset, { place: 'conversation', details: 'wide' });
    drawn = get(`/${thread}/messages`, 'maxPageSize=50&').then(async reply => {
        // Of a copy: the reply is the app's.
        draw((await reply.clone().json()).value, userId);
        await new Promise(requestAnimationFrame);
        await passed(0);
    }).catch(() => {
        // The app draws what there is.
    });
};
try {
    ask();
} catch {
    // The app asks for itself.
}

// What the skeleton does without (xtask/src/app/page.rs) is styled before the app is on the screen.
const styles = document.querySelector('link[as=style]');
await new Promise((done) => {
    styles.onload = styles.onerror = done;
    styles.rel = 'stylesheet';
});

// No longer than a reply takes on a fast line: on a slow one the code takes longer.
if (drawn) await Promise.race([drawn, passed(100)]);

await init();
