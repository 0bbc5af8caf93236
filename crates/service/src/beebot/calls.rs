//! Calls: `ApplyForStreamAccessToken`, signed by either method (reference 2).

use super::StandIn;
use crate::random;
use acs_chat::Timestamp;
use assistant::beebot::VERSION;
use assistant::signing::{ACS3, Authorization, Call, content_hash, rpc_verifies};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use reqwest::Url;
use serde_json::{Value, json};

/// How far the clocks of both sides may be apart.
pub(super) const CLOCK_MS: i64 = 15 * 60 * 1000;

/// Headers that have to be signed.
const SIGNED: [&str; 6] =
    ["host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"];

/// Why a call is refused (reference 2.4).
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused(u16, &'static str);

type Pairs = Vec<(String, String)>;

pub(super) async fn call(
    State(stand_in): State<StandIn>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let request_id = random::guid().to_uppercase();
    match check(&stand_in, &headers, query.as_deref(), &body) {
        Ok(()) => {
            let (access_token, token) = stand_in.issue();
            let applied = json!({
                "RequestId": request_id,
                "AccessToken": access_token,
                "ChannelId": token.channel_id,
                "StreamSecret": token.stream_secret,
            });
            (StatusCode::OK, Json(applied))
        }
        Err(Refused(status, code)) => {
            let refused = json!({
                "RequestId": request_id,
                "HostId": "natter-service",
                "Code": code,
                "Message": "The stand-in for Beebot refuses the call.",
                "Recommend": "",
            });
            (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), Json(refused))
        }
    }
}

fn check(stand_in: &StandIn, headers: &HeaderMap, query: Option<&str>, body: &[u8]) -> Result<(), Refused> {
    let query = pairs(query.unwrap_or_default());
    let headers: Pairs = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let action = value(&headers, "x-acs-action").or_else(|| value(&query, "Action"));
    let version = value(&headers, "x-acs-version").or_else(|| value(&query, "Version"));
    if action != Some("ApplyForStreamAccessToken") || version != Some(VERSION) {
        return Err(Refused(404, "InvalidApi.NotFound"));
    }
    match value(&headers, header::AUTHORIZATION.as_str()) {
        Some(authorization) if authorization.starts_with(ACS3) => {
            check_acs3(stand_in, &headers, &query, body, authorization)
        }
        _ => check_rpc(stand_in, &headers, query, body),
    }
}

fn check_acs3(
    stand_in: &StandIn,
    headers: &Pairs,
    query: &Pairs,
    body: &[u8],
    authorization: &str,
) -> Result<(), Refused> {
    let mismatch = Refused(400, "SignatureDoesNotMatch");
    let authorization = Authorization::parse(authorization).ok_or(mismatch)?;
    check_key(stand_in, &authorization.credential)?;
    let date = value(headers, "x-acs-date").ok_or(Refused(400, "MissingTimestamp"))?;
    check_date(stand_in, date)?;
    let call = Call { method: "POST", path: "/", query, headers, body };
    let signs_enough =
        SIGNED.iter().all(|name| authorization.signed_headers.iter().any(|signed| signed == name));
    let whole = value(headers, "x-acs-content-sha256") == Some(content_hash(body).as_str());
    if !signs_enough || !whole || !authorization.verifies(&call, stand_in.0.access_key_secret.reveal()) {
        return Err(mismatch);
    }
    check_nonce(stand_in, value(headers, "x-acs-signature-nonce"))
}

/// Fields of a form in the body count as parameters.
fn check_rpc(stand_in: &StandIn, headers: &Pairs, query: Pairs, body: &[u8]) -> Result<(), Refused> {
    let mut parameters = query;
    let kind = value(headers, header::CONTENT_TYPE.as_str()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        parameters.extend(pairs(&String::from_utf8_lossy(body)));
    }
    check_key(stand_in, value(&parameters, "AccessKeyId").ok_or(Refused(400, "MissingAccessKeyId"))?)?;
    if value(&parameters, "SignatureMethod") != Some("HMAC-SHA1")
        || value(&parameters, "SignatureVersion") != Some("1.0")
    {
        return Err(Refused(400, "InvalidParameter"));
    }
    check_date(stand_in, value(&parameters, "Timestamp").ok_or(Refused(400, "MissingTimestamp"))?)?;
    if !rpc_verifies("POST", &parameters, stand_in.0.access_key_secret.reveal()) {
        return Err(Refused(400, "SignatureDoesNotMatch"));
    }
    check_nonce(stand_in, value(&parameters, "SignatureNonce"))
}

fn check_key(stand_in: &StandIn, id: &str) -> Result<(), Refused> {
    if id == stand_in.0.access_key_id { Ok(()) } else { Err(Refused(404, "InvalidAccessKeyId.NotFound")) }
}

fn check_date(stand_in: &StandIn, date: &str) -> Result<(), Refused> {
    let date = Timestamp::parse(date).map_err(|_| Refused(400, "InvalidTimeStamp.Format"))?;
    if (stand_in.now_ms() - date.as_ms()).abs() > CLOCK_MS {
        return Err(Refused(400, "InvalidTimeStamp.Expired"));
    }
    Ok(())
}

/// Last: whoever cannot sign must not use up anybody's.
fn check_nonce(stand_in: &StandIn, nonce: Option<&str>) -> Result<(), Refused> {
    let nonce = nonce.ok_or(Refused(400, "MissingSignatureNonce"))?;
    if stand_in.is_new(nonce) { Ok(()) } else { Err(Refused(400, "SignatureNonceUsed")) }
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// What is in a query, or in a form.
fn pairs(query: &str) -> Pairs {
    let url = Url::parse(&format!("http://stand-in/?{query}"));
    url.map(|url| url.query_pairs().into_owned().collect()).unwrap_or_default()
}
