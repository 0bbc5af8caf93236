// What a page knows of itself while it is measured. The same script runs in every page.
{
    const ROWS = '.message-row__text, .row';
    const measured = window.measured = { painted: null, blocked: 0, longFrames: 0, keys: {} };

    measured.newest = () => [...document.querySelectorAll(ROWS)].at(-1);

    // Waits for the frame in which such a row can be seen; tells when that frame was handed to the screen.
    measured.whenSeen = (find, then) => requestAnimationFrame(() => {
        const row = find();
        const box = row?.getBoundingClientRect();
        if (!box || !row.textContent || box.height === 0 || box.bottom <= 0 || box.top >= innerHeight) {
            measured.whenSeen(find, then);
            return;
        }
        // Painting follows the callbacks of a frame, and messages follow painting.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => then(performance.now());
        port2.postMessage(null);
    });

    // From the click on a thread, or the call that hands its messages over, to the newest of them.
    measured.open = (link, done) => {
        const began = performance.now();
        if (link) document.querySelector(`a[href="${link}"]`).click();
        else window.openList();
        measured.whenSeen(measured.newest, at => done(at - began));
    };

    // A message with these words will come: how long it takes from the end of the reply that brings it, or from the call that does.
    measured.expect = (words, byReply) => {
        performance.clearResourceTimings();
        let began = performance.now();
        measured.arrival = new Promise(done => {
            const told = row => row.textContent.includes(words);
            const observer = new MutationObserver(changes => {
                const nodes = changes.flatMap(change => [...change.addedNodes]);
                const elements = nodes.filter(node => node.nodeType === Node.ELEMENT_NODE);
                const row = elements.flatMap(node => [node, ...node.querySelectorAll(ROWS)]).find(row => row.matches(ROWS) && told(row));
                if (!row) return;
                observer.disconnect();
                const drawn = performance.now();
                measured.whenSeen(() => row.isConnected ? row : [...document.querySelectorAll(ROWS)].findLast(told), at => {
                    const replies = performance.getEntriesByType('resource').filter(({ name, responseEnd }) =>
                        responseEnd >= began && responseEnd <= drawn && /\/messages\?.*maxPageSize/.test(name));
                    if (byReply && replies.length === 0) done('no reply brought it');
                    else done(at - (byReply ? replies.at(-1).responseEnd : began));
                });
            });
            observer.observe(document.body, { childList: true, subtree: true });
        });
        if (!byReply) {
            began = performance.now();
            window.arrive(words);
        }
    };

    // Counts frames that come late, until it is asked.
    measured.countFrames = () => {
        measured.blocked = measured.longFrames = 0;
        measured.enough = false;
        let last = performance.now();
        const frame = now => {
            if (now - last > 50) measured.longFrames++;
            last = now;
            if (!measured.enough) requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
    };

    new PerformanceObserver(list => {
        for (const { duration } of list.getEntries()) measured.blocked += duration - 50;
    }).observe({ type: 'longtask' });

    // From a key to the next frame that is painted, as the browser measures it: in steps of 8 ms, and nothing of what is under 16.
    new PerformanceObserver(list => {
        for (const { interactionId, duration } of list.getEntries()) {
            if (interactionId) measured.keys[interactionId] = Math.max(measured.keys[interactionId] ?? 0, duration);
        }
    }).observe({ type: 'event', durationThreshold: 16 });

    measured.whenSeen(measured.newest, at => measured.painted = at);
}
