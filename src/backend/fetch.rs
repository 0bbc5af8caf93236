//! The browser's `fetch` as a transport.

use acs_chat::{HttpRequest, HttpResponse, Transport, TransportError};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use gloo_net::Error;
use gloo_net::http::{Request, Response};
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader};

use super::events::{Opened, Pieces, Streams};
use super::first;

/// Sends requests by `fetch`. A request whose future is dropped is cancelled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fetch;

/// Cancels its request when it goes; after the reply that does nothing.
struct AbortOnDrop(Option<AbortController>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}

impl Transport for Fetch {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let controller = AbortOnDrop(AbortController::new().ok());
        whole(sent(&request, &controller).await?).await
    }
}

impl Streams for Fetch {
    fn open(&self, request: HttpRequest) -> LocalBoxFuture<'_, Result<Opened, TransportError>> {
        async move {
            let controller = AbortOnDrop(AbortController::new().ok());
            let response = sent(&request, &controller).await?;
            let stream = response.body().filter(|_| response.status() == 200);
            Ok(match stream.and_then(|stream| stream.get_reader().dyn_into().ok()) {
                Some(reader) => Opened::Stream(Box::new(Body { reader, _controller: controller })),
                None => Opened::Refused(whole(response).await?),
            })
        }
        .boxed_local()
    }
}

/// The body of a reply, piece by piece.
struct Body {
    reader: ReadableStreamDefaultReader,
    /// Cancels the request when nobody reads any more.
    _controller: AbortOnDrop,
}

impl Pieces for Body {
    fn next(&mut self) -> LocalBoxFuture<'_, Option<Vec<u8>>> {
        async move {
            let read = JsFuture::from(self.reader.read()).await.ok()?;
            // At the end there is no value.
            let piece = Reflect::get(&read, &"value".into()).ok()?;
            Some(piece.dyn_ref::<Uint8Array>()?.to_vec())
        }
        .boxed_local()
    }
}

async fn sent(request: &HttpRequest, controller: &AbortOnDrop) -> Result<Response, TransportError> {
    if let Some(response) = first::reply(request).await {
        return Ok(response.into());
    }
    let ready = built(request, controller).map_err(|error| {
        let error = error.dyn_ref::<js_sys::Error>().map(|error| error.message().into());
        TransportError::NotSent(error.unwrap_or_default())
    })?;
    Request::from(ready).send().await.map_err(lost)
}

async fn whole(response: Response) -> Result<HttpResponse, TransportError> {
    let body = response.binary().await.map_err(lost)?;
    Ok(HttpResponse { status: response.status(), headers: headers(&response.into()), body })
}

/// `fetch` gives one error for "never left" and "reply lost": it is taken for the worse.
fn lost(error: Error) -> TransportError {
    TransportError::Unclear(said(error))
}

/// The browser's form of a request. The builder of gloo-net makes two requests and an address of it, to add a query that is there.
fn built(request: &HttpRequest, controller: &AbortOnDrop) -> Result<web_sys::Request, JsValue> {
    let init = Object::new();
    let set = |name: &str, value: &JsValue| Reflect::set(&init, &name.into(), value);
    set("method", &request.method.as_str().into())?;
    // The token is all the service needs, and cookies stay with the page's own origin: what stands in front of it may ask for
    // them, and so may the place where tokens are renewed. A cache would only serve what is stale, and a redirect would take the
    // token elsewhere.
    for (name, value) in [("credentials", "same-origin"), ("cache", "no-store"), ("redirect", "error")] {
        set(name, &value.into())?;
    }
    if let Some(controller) = &controller.0 {
        set("signal", &controller.signal())?;
    }
    let headers = Object::new();
    for (name, value) in &request.headers {
        Reflect::set(&headers, &(*name).into(), &value.into())?;
    }
    set("headers", &headers)?;
    if let Some(body) = &request.body {
        set("body", &Uint8Array::from(body.as_slice()))?;
    }
    web_sys::Request::new_with_str_and_init(&request.url, init.unchecked_ref())
}

/// The headers of a reply, as far as the browser shows them to pages.
fn headers(response: &web_sys::Response) -> Vec<(String, String)> {
    let pairs = Array::from(&response.headers());
    let pair = |pair: JsValue| {
        let pair: Array = pair.unchecked_into();
        Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
    };
    pairs.iter().filter_map(pair).collect()
}

/// What the browser says of a failure.
fn said(error: Error) -> String {
    match error {
        Error::JsError(error) => error.message,
        _ => String::new(),
    }
}
