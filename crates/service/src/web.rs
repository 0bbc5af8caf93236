//! The built web app as static files. Without one, a line that says where things are.

use crate::edge::is_api;
use crate::error::ApiError;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::path::Path;
use tower_http::services::ServeDir;

/// A year: a hashed name never means another content.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Kept, but asked for every time; the answer is usually a short 304.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// What answers everything that is no route of the API.
pub(crate) fn files(root: Option<&Path>) -> Router {
    let files = match root {
        Some(root) => {
            let folder = ServeDir::new(root).precompressed_br().precompressed_gzip();
            Router::new().fallback_service(folder)
        }
        None => Router::new().route("/", get(greeting)),
    };
    files.layer(from_fn(finish))
}

async fn greeting() -> &'static str {
    "This is natter-service, a local chat service. It speaks the Azure Communication Services Chat API under /chat \
     and /identities.\nStart it with --web-root DIR to serve the web app here, or run `cargo xtask serve`.\n"
}

/// Caching, the character set of pages, and errors in the usual shape.
async fn finish(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if is_api(&path) {
        return ApiError::not_found("There is no resource at this address.").into_response();
    }
    let mut response = next.run(request).await;
    match response.status() {
        StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST => {
            return ApiError::not_found("There is no page at this address.").into_response();
        }
        StatusCode::METHOD_NOT_ALLOWED => return ApiError::method_not_allowed().into_response(),
        _ => {}
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, if is_hashed(&path) { IMMUTABLE } else { REVALIDATE });
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/html") {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    }
    response
}

/// Whether a file's name holds the hash of its content, as trunk writes it: `natter-0123456789abcdef.js`,
/// `natter-0123456789abcdef_bg.wasm`.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some((_, end)) = name.rsplit_once('-') else { return false };
    let Some((hash, _)) = end.split_once('.') else { return false };
    let hash = hash.strip_suffix("_bg").unwrap_or(hash);
    hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::is_hashed;

    #[test]
    fn hashed_names_are_told_from_others() {
        for path in
            ["/natter-0123456789abcdef.js", "/natter-0123456789abcdef_bg.wasm", "/a/b-x-0123456789abcdef.css"]
        {
            assert!(is_hashed(path), "{path}");
        }
        for path in [
            "/",
            "/index.html",
            "/sw.js",
            "/config.json",
            "/natter-0123456789abcde.js",
            "/a-0123456789abcdeg.js",
            "/x-0123456789abcdef",
        ] {
            assert!(!is_hashed(path), "{path}");
        }
    }
}
