// A row of the DOM for each message, and nothing else.

import { messages } from './messages.js';

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

list.append(...messages.map(row));
list.scrollTop = list.scrollHeight;

window.arrive = text => {
    list.append(row({ name: 'Somebody', text }));
    list.scrollTop = list.scrollHeight;
};
