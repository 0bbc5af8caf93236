// react-virtuoso as its documentation shows it for a chat.

import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Virtuoso } from 'react-virtuoso';
import { offer } from './messages.js';

function Row({ message }) {
    return <div className="row"><b>{message.name}</b>{message.text}</div>;
}

let add;

function List({ messages }) {
    const [all, setAll] = useState(messages);
    useEffect(() => {
        add = text => setAll(all => [...all, { id: all.length, name: 'Somebody', text }]);
    }, []);
    return <Virtuoso
        style={{ height: '100vh' }}
        data={all}
        initialTopMostItemIndex={all.length - 1}
        alignToBottom
        followOutput
        computeItemKey={(_, message) => message.id}
        itemContent={(_, message) => <Row message={message} />}
    />;
}

const root = createRoot(document.getElementById('list'));
let times = 0;

offer({
    // Another one each time, as for another thread.
    open: messages => root.render(<List key={times++} messages={messages} />),
    close: () => root.render(null),
    arrive: text => add(text),
});
