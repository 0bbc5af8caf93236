// react-virtuoso as its documentation shows it for a chat.

import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Virtuoso } from 'react-virtuoso';
import { messages } from './messages.js';

function Row({ message }) {
    return <div className="row"><b>{message.name}</b>{message.text}</div>;
}

function List() {
    const [all, setAll] = useState(messages);
    useEffect(() => {
        window.arrive = text => setAll(all => [...all, { id: all.length, name: 'Somebody', text }]);
    }, []);
    return <Virtuoso
        className="list"
        data={all}
        initialTopMostItemIndex={all.length - 1}
        alignToBottom
        followOutput
        computeItemKey={(_, message) => message.id}
        itemContent={(_, message) => <Row message={message} />}
    />;
}

createRoot(document.getElementById('list')).render(<List />);
