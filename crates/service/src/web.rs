//! The built web app as static files. Without one, a line that says where things are.

use crate::edge::is_api;
use crate::error::ApiError;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use tower_http::services::ServeDir;

/// A year: a hashed name never means another content.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Kept, but asked for every time; the answer is usually a short 304.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// Behind a page's policy: what a page cannot say of itself.
const NOT_FRAMED: &str = "; frame-ancestors 'none'";

/// The app's page, and what it says of itself.
struct Page {
    path: PathBuf,
    /// What its policy was, and when the page was written that said so.
    policy: Mutex<Option<(SystemTime, HeaderValue)>>,
}

impl Page {
    /// The policy that the page carries: it allows the page's own styles by their hash, so each build has another. None where it
    /// carries none.
    async fn policy(&self) -> Option<HeaderValue> {
        let written = tokio::fs::metadata(&self.path).await.ok()?.modified().ok()?;
        let known = || self.policy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, policy)) = known().as_ref().filter(|(when, _)| *when == written) {
            return Some(policy.clone());
        }
        let page = tokio::fs::read_to_string(&self.path).await.ok()?;
        let policy = HeaderValue::try_from(policy_in(&page)?.to_owned() + NOT_FRAMED).ok()?;
        *known() = Some((written, policy.clone()));
        Some(policy)
    }
}

/// The policy in a page's `<meta>`, as `cargo xtask build` writes it.
fn policy_in(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("<meta http-equiv=\"Content-Security-Policy\" content=\"")?;
    Some(rest.split_once('"')?.0).filter(|policy| policy.starts_with("default-src 'none';"))
}

/// What answers everything that is no route of the API.
pub(crate) fn files(root: Option<&Path>) -> Router {
    let files = match root {
        Some(root) => {
            let folder = ServeDir::new(root).precompressed_br().precompressed_gzip();
            Router::new().fallback_service(folder)
        }
        None => Router::new().route("/", get(greeting)),
    };
    let path = root.unwrap_or(Path::new("")).join("index.html");
    files.layer(from_fn_with_state(Arc::new(Page { path, policy: Mutex::default() }), finish))
}

async fn greeting() -> &'static str {
    "This is natter-service, a local chat service. It speaks the Azure Communication Services Chat API under /chat \
     and /identities.\nStart it with --web-root DIR to serve the web app here, or run `cargo xtask serve`.\n"
}

/// Caching, the policy and the character set of pages, and errors in the usual shape.
async fn finish(State(page): State<Arc<Page>>, request: Request, next: Next) -> Response {
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
    if matches!(path.as_str(), "/" | "/index.html")
        && let Some(policy) = page.policy().await
    {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
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
