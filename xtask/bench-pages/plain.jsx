// A row of the DOM for each message, and nothing else.

import { offer } from './messages.js';

const list = document.getElementById('list');
list.className = 'list';

function row({ name, text }) {
    const row = document.createElement('div');
    const author = document.createElement('b');
    row.className = 'row';
    author.textContent = name;
    row.append(author, text);
    return row;
}

offer({
    open(messages) {
        const rows = document.createDocumentFragment();
        for (const message of messages) rows.append(row(message));
        list.append(rows);
        list.scrollTop = list.scrollHeight;
    },
    close() {
        list.replaceChildren();
    },
    arrive(text) {
        list.append(row({ name: 'Somebody', text }));
        list.scrollTop = list.scrollHeight;
    },
});
