// Messages of as many lengths as a seeded thread of the service has.

const WORDS = 'the map is late again and we moved it to Friday because train seven stops at both stations now'.split(' ');

let state = 1;

// The same numbers each time.
function below(most) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * most);
}

function sentence() {
    const words = Array.from({ length: 2 + below(13) }, () => WORDS[below(WORDS.length)]);
    return words.join(' ') + '.';
}

function text() {
    const kind = below(100);
    if (kind < 60) return sentence();
    if (kind < 90) return Array.from({ length: 2 + below(3) }, sentence).join(' ');
    return Array.from({ length: 5 + below(12) }, sentence).join(' ');
}

function make(count) {
    return Array.from({ length: count }, (_, id) => ({ id, name: `Person ${below(12)}`, text: text() }));
}

// Lets the one who measures open and close a list, and add to it. With `?start` the page asks for its first messages at once, as
// a page does on a visit.
export function offer({ open, close, arrive }) {
    let held = [];
    window.hold = count => held = make(count);
    window.openList = () => open([...held]);
    window.closeList = close;
    window.arrive = arrive;
    if (location.search === '?start') fetch('messages.json').then(reply => reply.json()).then(open);
}
