// What was said last is drawn while the app is on its way: into the page's skeleton, as the app will draw it
// (src/views/conversation/message_row.rs), and only as far back as that is certain. What is not plain stays a shape until the app is
// here. The journey `skeleton` holds the two against each other.

// As the app has them (src/model/timeline.rs, src/model/names.rs, src/text/emoji.rs).
const RUN_MS = 300000;
const ROWS = 20;
const LONG = 30;

// HTML of elements that are shown as they are, without attributes: nothing in it can run, load or lead anywhere.
const PLAIN_HTML = /^(?:[^<&]|&(?:amp|lt|gt|quot|#39|nbsp);|<\/?(?:p|strong|em|u|s|code|pre|ul|ol|li|blockquote)>|<br ?\/?>)*$/;
// What is a text, for this is in no emoji; and what is nothing but emoji, and few. The browser's own class of all emoji would take 20 ms
// the first time.
const TEXT = /[$-)+-\/:-~\u00c0-\u1fff\u3040-\ud7ff]/;
const FEW_EMOJI = /^(?:[\u2600-\u27bf\u{1f300}-\u{1f3fa}\u{1f400}-\u{1faff}]\ufe0f?[\u{1f3fb}-\u{1f3ff}]?\s*){1,8}$/u;
// Letters that look like no others but these.
const NAME = /^[a-zA-Z\u00c0-\u024f\u4e00-\u9fff]+(?: [a-zA-Z\u00c0-\u024f\u4e00-\u9fff]+)*$/;
const looks = name => name.toLowerCase().replace(/ /g, '').replace(/[i\u0131]/g, 'l').replace(/rn/g, 'm');

const element = (tag, name, ...inside) => {
    const made = document.createElement(tag);
    made.className = name;
    made.append(...inside);
    return made;
};

const sender = message => message.senderCommunicationIdentifier?.rawId;

const words = ({ type, content: { message: text } }) => {
    if (type === 'html') {
        return PLAIN_HTML.test(text) && [...new DOMParser().parseFromString(text, 'text/html').body.childNodes];
    }
    if (type !== 'text' || !text) return false;
    const emoji = FEW_EMOJI.test(text.trim());
    if (!emoji && !TEXT.test(text)) return false;
    return [element('p', `message-row__plain${emoji ? ' message-row__plain--emoji' : ''}`, text)];
};

// Draws the newest of these messages; `me` is the id of who looks.
export const draw = (messages, me) => {
    const skeleton = document.getElementById('skeleton');
    const column = skeleton?.querySelector('.timeline__column');
    if (!column) return;
    messages.sort((one, other) => other.id - one.id);
    const names = {};
    for (const message of messages) if (message.senderDisplayName) names[sender(message)] ??= message.senderDisplayName;
    const known = Object.values(names);
    if (new Set(known.map(looks)).size < known.length) return;
    const rows = [];
    for (const [place, message] of messages.entries()) {
        const id = sender(message);
        const name = names[id];
        const at = new Date(message.createdOn);
        const says = !message.editedOn && !message.deletedOn && Object.keys(message.metadata ?? {}).every(key => key === 'natterId')
            && NAME.test(name) && words(message);
        if (!says || rows.length === ROWS) break;
        const before = messages[place + 1];
        const other = before && new Date(before.createdOn).toDateString() !== at.toDateString();
        const first = !before || other || sender(before) !== id || at - new Date(before.createdOn) > RUN_MS;
        const time = name => element('time', `message-row__time${name}`, at.toTimeString().slice(0, 5));
        const text = element('div', 'message-row__text', ...says);
        text.dir = 'auto';
        const margin = ' message-row__time--margin';
        const own = id === me;
        const inside = own
            ? [element('div', 'message-row__body', element('div', 'message-row__line', time(first ? '' : margin), text))]
            : [
                first ? element('span', 'timeline__bone timeline__bone--round') : time(margin),
                element('div', 'message-row__body',
                    ...first ? [element('p', 'message-row__head', element('b', 'message-row__author', name), time(''))] : [],
                    element('div', 'message-row__original', text)),
            ];
        rows.unshift(element('li', `message-row${own ? ' message-row--own' : ''}${first ? ' message-row--first' : ''}`, ...inside));
        if (other) break;
    }
    if (!rows.length) return;
    const shapes = [...column.children];
    column.append(...rows);
    column.style.paddingBottom = '16px';
    // What is further back is shapes. A long conversation scrolls, and a short one does not, which makes it wider.
    const drawn = rows.length === Math.min(ROWS, messages.length);
    const scroller = column.parentElement;
    for (const shape of shapes) {
        if (drawn || messages.length < LONG && scroller.scrollHeight > scroller.clientHeight) shape.remove();
    }
    skeleton.classList.add('layout--said');
};
