// The floor: rows in view and a few more, heights as they were measured or else as they are on average.

import { offer } from './messages.js';

const AVERAGE = 75;
const BEYOND = 400;

const list = document.getElementById('list');
const space = document.createElement('div');
list.className = 'list';
space.className = 'space';
list.append(space);

let messages = [];
let heights = [];
// Sums of heights as a tree (Fenwick): changed and asked for in as many steps as the count has digits.
let tree = [];

function plant() {
    tree = new Float64Array(heights.length * 2 + 2);
    heights.forEach((height, at) => grow(at, height));
}

function grow(at, by) {
    for (let node = at + 1; node < tree.length; node += node & -node) tree[node] += by;
}

function top(at) {
    let sum = 0;
    for (let node = at; node > 0; node -= node & -node) sum += tree[node];
    return sum;
}

function at(offset) {
    let [low, high] = [0, messages.length - 1];
    while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (top(middle) <= offset) low = middle;
        else high = middle - 1;
    }
    return low;
}

const shown = new Map();

function row({ name, text }) {
    const row = document.createElement('div');
    const author = document.createElement('b');
    row.className = 'row';
    author.textContent = name;
    row.append(author, text);
    return row;
}

function draw() {
    if (messages.length === 0) return;
    const first = at(Math.max(list.scrollTop - BEYOND, 0));
    const last = at(list.scrollTop + list.clientHeight + BEYOND);
    for (const [index, element] of shown) {
        if (index < first || index > last) {
            element.remove();
            shown.delete(index);
        }
    }
    // From the last to the first, so that each knows what comes after it: they are in the page in their order.
    for (let index = last, next = null; index >= first; index--) {
        if (!shown.has(index)) {
            shown.set(index, row(messages[index]));
            space.insertBefore(shown.get(index), next);
        }
        next = shown.get(index);
    }
    const anchor = at(list.scrollTop);
    const before = top(anchor);
    for (const [index, element] of shown) {
        const height = element.offsetHeight;
        if (height !== heights[index]) {
            grow(index, height - heights[index]);
            heights[index] = height;
        }
    }
    for (const [index, element] of shown) element.style.transform = `translateY(${top(index)}px)`;
    space.style.height = `${top(messages.length)}px`;
    const moved = top(anchor) - before;
    if (moved !== 0) list.scrollTop += moved;
}

function end() {
    // Twice, for the heights are known after the first.
    for (let time = 0; time < 2; time++) {
        list.scrollTop = top(messages.length);
        draw();
    }
    list.scrollTop = top(messages.length);
}

list.addEventListener('scroll', draw, { passive: true });

offer({
    open(all) {
        messages = all;
        heights = messages.map(() => AVERAGE);
        plant();
        space.style.height = `${top(messages.length)}px`;
        end();
    },
    close() {
        [messages, heights] = [[], []];
        plant();
        shown.clear();
        space.replaceChildren();
        space.style.height = '0';
    },
    arrive(text) {
        messages.push({ name: 'Somebody', text });
        heights.push(AVERAGE);
        if (messages.length * 2 > tree.length) plant();
        else grow(messages.length - 1, AVERAGE);
        end();
    },
});
