// In the page before anything of the app: answers in the service's place, with hostile words wherever somebody can put some.
// `htmlCases` and `textCases` stand before this.
const fired = [], violations = [], asked = [];
for (const name of ['alert', 'confirm', 'prompt', 'print']) window[name] = () => { fired.push(name); };
addEventListener('securitypolicyviolation', event => violations.push(`${event.violatedDirective} ${event.blockedURI}`));

const EACH = 20, SOMEBODY = '8:acs:hostile_1';
const cases = [...htmlCases.map(words => ['html', words]), ...textCases.flatMap(words => [['text', words], ['html', words]])];
const threads = [];
for (let at = 0; at < cases.length; at += EACH) threads.push(cases.slice(at, at + EACH));
const when = at => new Date(1700000000000 + at * 1000).toISOString().replace(/\.\d+/, '');
const idOf = thread => `19:hostile${thread}@thread.v2`;
const numberOf = (thread, at) => String(1700000000000 + thread * 1000 + at);
const words = (thread, at) => threads[thread][at % threads[thread].length][1];
const person = id => ({ rawId: id, kind: 'communicationUser', communicationUser: { id } });
const others = at => `${SOMEBODY}${at}`;

function message(thread, at) {
    const [type, said] = threads[thread][at];
    return {
        id: numberOf(thread, at), sequenceId: String(at + 1), version: numberOf(thread, at), createdOn: when(at),
        type, senderDisplayName: said, senderCommunicationIdentifier: person(others(at)),
        content: { message: said }, metadata: { hostile: said, [said.slice(0, 60)]: 'x' },
    };
}

function system(thread, at, type, content) {
    const number = threads[thread].length + at, id = numberOf(thread, number);
    return { id, sequenceId: String(number + 1), version: id, createdOn: when(number), type, content: { initiatorCommunicationIdentifier: person(others(0)), ...content } };
}

function answer(method, thread, part) {
    if (thread === undefined) {
        return threads.map((_, at) => ({ id: idOf(at), topic: words(at, 0), lastMessageReceivedOn: when(at) }));
    }
    if (part === undefined) {
        const topic = words(thread, 0);
        if (method === 'PATCH') {
            const said = threads[thread].map(([, said]) => said).join('\n');
            return new Response(JSON.stringify({ error: { code: said, message: said } }), { status: 400 });
        }
        return { id: idOf(thread), topic, createdOn: when(0), createdByCommunicationIdentifier: person(others(0)),
            metadata: Object.fromEntries(threads[thread].map(([, said], at) => [`${at} ${said}`, said])) };
    }
    if (part === 'participants') {
        return threads[thread].map(([, said], at) => ({ communicationIdentifier: person(others(at)), displayName: said, shareHistoryTime: when(0) }));
    }
    if (part === 'messages') {
        const named = { communicationIdentifier: person(others(99)), displayName: words(thread, 1), shareHistoryTime: when(0) };
        return [system(thread, 1, 'participantAdded', { participants: [named] }), system(thread, 0, 'topicUpdated', { topic: words(thread, 2) }),
            ...threads[thread].map((_, at) => message(thread, at)).reverse()];
    }
    return [];
}

const crashes = [];
addEventListener('error', event => crashes.push(String(event.error?.stack ?? event.message)));

const real = window.fetch;
window.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    const found = pathname.match(/^\/chat\/threads(?:\/19%3Ahostile(\d+)%40thread\.v2(?:\/([A-Za-z]+))?)?$/);
    if (!found) return real(input, init);
    if (request.method !== 'GET' && request.method !== 'PATCH') return new Response('', { status: 204 });
    const said = answer(request.method, found[1] && Number(found[1]), found[2]);
    if (said instanceof Response) return said;
    return new Response(JSON.stringify(Array.isArray(said) ? { value: said } : said),
        { status: 200, headers: { 'content-type': 'application/json' } });
};

const ELEMENTS = new Set('P BR STRONG EM U S CODE PRE UL OL LI BLOCKQUOTE A SPAN'.split(' '));
const ATTRIBUTES = { A: ['href', 'target', 'rel', 'tabindex'], P: ['class'], SPAN: ['class'] };

// What of the page was not made by the app. Everything in a message is pressed and hovered on the way, but for links.
function strangers() {
    const found = [];
    for (const element of document.querySelectorAll('.message-row__text *')) {
        if (!ELEMENTS.has(element.tagName)) found.push(element.outerHTML);
        for (const { name } of element.attributes) {
            if (!(ATTRIBUTES[element.tagName] ?? []).includes(name)) found.push(element.outerHTML);
        }
        for (const type of ['mouseover', 'mouseenter', 'pointermove', 'focus', 'click']) {
            if (type !== 'click' || element.tagName !== 'A') element.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true }));
        }
    }
    // The page has its styles inside (`xtask/src/app/page.rs`): one element, where nothing else belongs.
    const styles = document.head.querySelectorAll('style');
    for (const element of document.querySelectorAll('*')) {
        if (styles.length === 1 && element === styles[0]) continue;
        for (const { name } of element.attributes) if (name.startsWith('on')) found.push(element.outerHTML);
        if (/^(IFRAME|OBJECT|EMBED|MATH|BASE|STYLE|VIDEO|AUDIO|IMG|FRAMESET)$/.test(element.tagName)) found.push(element.outerHTML);
    }
    for (const link of document.querySelectorAll('a[href]')) {
        const href = link.getAttribute('href');
        const away = /^(https?|mailto):/i.test(href) && link.rel === 'noopener noreferrer' && link.target === '_blank';
        if (!away && !href.startsWith('#/')) found.push(link.outerHTML);
    }
    return found;
}

const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));

// Opens one thread after the other and looks at all that is in it.
window.lookAtAll = async () => {
    const found = [];
    let messages = 0;
    for (let thread = 0; thread < threads.length; thread++) {
        location.hash = `#/threads/${encodeURIComponent(idOf(thread))}`;
        const missing = new Set(threads[thread].map((_, at) => numberOf(thread, at)));
        const seen = () => {
            const scroller = document.querySelector('.timeline__scroller');
            if (!scroller) return;
            for (const row of document.querySelectorAll('.message-row[data-id]')) missing.delete(row.dataset.id);
            found.push(...strangers());
            const before = scroller.scrollTop;
            scroller.scrollTop -= scroller.clientHeight / 2;
            // It opens at what is unread: from the beginning once more to the end.
            if (scroller.scrollTop === before) scroller.scrollTop = 0;
        };
        const until = Date.now() + 10000;
        while (missing.size && Date.now() < until) { await frame(); seen(); }
        if (missing.size) {
            const which = threads[thread].filter((_, at) => missing.has(numberOf(thread, at)));
            found.push(`thread ${thread}: not shown: ${JSON.stringify(which).slice(0, 500)}; ${crashes}`);
            break;
        }
        messages += threads[thread].length;
    }
    return { messages, threads: threads.length, found: [...new Set(found)].slice(0, 20), fired, violations: [...violations] };
};

window.lookHere = () => ({ found: strangers(), fired, violations: [...violations], asked });

// Of all words, one after the other, what is drawn before the app is there.
window.lookAtFirst = draw => {
    const place = document.body.appendChild(document.createElement('div'));
    place.id = 'skeleton';
    const found = [];
    let drawn = 0;
    for (const [type, said] of cases) {
        const column = document.createElement('ol');
        column.className = 'timeline__column';
        place.replaceChildren(column);
        draw([{ id: '1', type, senderDisplayName: 'Mei', createdOn: when(0), senderCommunicationIdentifier: person(others(0)), content: { message: said } }], '');
        if (place.querySelector('.message-row__text')) drawn += 1;
        found.push(...strangers());
    }
    place.remove();
    return { drawn, found: [...new Set(found)].slice(0, 20) };
};

// The same words without the app's care.
window.raw = async () => {
    const place = document.body.appendChild(document.createElement('div'));
    for (const [, said] of cases) { place.innerHTML = said; await frame(); }
    place.remove();
    return { fired: fired.length, violations: violations.length };
};
