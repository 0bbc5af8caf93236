// In the page before anything of the app: an assistant in the service's place. `told.answer(send, question, signal)` says what it does,
// and `told.asked` what it was asked; `send` takes an event, or text as it is to come over the wire.
const told = window.told = { asked: [], closed: 0, answer: async () => {} };
const facts = { by: 'openai', name: 'Assistant', model: 'm', sentTo: 'models.example', ready: true, questionChars: 4000, userId: null };
const service = window.fetch;
window.fetch = async (input, init) => {
    const address = new URL(input.url ?? input, location.href);
    if (address.pathname !== '/natter/v1/assistant') return service(input, init);
    const request = new Request(input, init);
    const json = { 'content-type': 'application/json' };
    if (request.method === 'GET') return new Response(JSON.stringify({ ...facts, ...told.facts }), { status: 200, headers: json });
    const question = await request.json();
    told.asked.push(question);
    if (told.refuses) return new Response(JSON.stringify({ error: { code: 'Refused', message: 'no' } }), { status: told.refuses, headers: json });
    const bytes = new TextEncoder();
    const body = new ReadableStream({
        async start(out) {
            const signal = { stopped: false };
            request.signal.addEventListener('abort', () => {
                signal.stopped = true;
                told.closed = performance.now();
                out.error(new DOMException('', 'AbortError'));
            });
            const send = said => {
                if (!signal.stopped) out.enqueue(bytes.encode(typeof said === 'string' ? said : `data: ${JSON.stringify(said)}\n\n`));
            };
            await told.answer(send, question, signal);
            if (!signal.stopped) out.close();
        },
    });
    return new Response(body, { status: 200, headers: { 'content-type': 'text/event-stream' } });
};
told.started = { kind: 'started', session: 's', by: 'openai' };
told.done = { kind: 'done', reason: 'end' };

// So many tokens a second of code, for so many seconds, and what became of the page meanwhile.
told.stream = seconds => {
    const measured = told.measured = { frames: [], moved: 0, tokens: 0, over: false, heap: [] };
    told.answer = async (send, _, signal) => {
        send(told.started);
        send({ kind: 'text', keep: 0, text: 'Here it is:\n\n```rust\n' });
        let length = 'Here it is:\n\n```rust\n'.length, last = 0;
        const began = performance.now();
        const frame = now => {
            if (last) measured.frames.push(now - last);
            last = now;
            if (!measured.over) requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
        await new Promise(done => {
            const turn = setInterval(() => {
                const due = Math.min(Math.floor((performance.now() - began) / 5), seconds * 200);
                for (; measured.tokens < due && !signal.stopped; measured.tokens++) {
                    const text = measured.tokens % 12 === 11 ? ';\n' : ` word${measured.tokens % 97}`;
                    send({ kind: 'text', keep: length, text });
                    length += text.length;
                }
                if (performance.memory && measured.tokens % 400 < 4) measured.heap.push(performance.memory.usedJSHeapSize);
                if (measured.tokens >= seconds * 200 || signal.stopped) { clearInterval(turn); done(); }
            }, 20);
        });
        if (!signal.stopped) {
            send({ kind: 'text', keep: length, text: '```\n' });
            send(told.done);
        }
        measured.over = true;
    };
};
